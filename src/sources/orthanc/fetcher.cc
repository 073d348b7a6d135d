#include "sources/orthanc/fetcher.h"

#include <algorithm>
#include <chrono>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "catalog/erasing.h"
#include "dicom/byte_source.h"
#include "sources/orthanc/lost_file.h"

namespace dmw::sources {
namespace {

using Steady = std::chrono::steady_clock;

/// Of a series: with more instances than this each known one is asked for alone, so that no answer is large.
constexpr std::size_t bulk_tags_max = 5'000;
constexpr std::uint64_t window_bytes_min = 64U << 10U;

/// Ends a transfer that is alive and leads nowhere: each window of time must bring some bytes.
class Pace {
 public:
  explicit Pace(std::chrono::milliseconds window) : window_(window) {}

  Result<> took(std::size_t bytes) {
    bytes_ += bytes;
    const Steady::time_point now = Steady::now();
    if (now - began_ < window_) return {};
    if (bytes_ < window_bytes_min)
      return fail(Errc::timeout, format("only {} bytes came in {} ms", bytes_, window_.count()));
    began_ = now;
    bytes_ = 0;
    return {};
  }

 private:
  const std::chrono::milliseconds window_;
  Steady::time_point began_ = Steady::now();
  std::uint64_t bytes_ = 0;
};

std::vector<std::string> ids_of(std::span<const Errand> errands) {
  std::vector<std::string> ids;
  for (const Errand& errand : errands) ids.push_back(errand.step.id);
  return ids;
}

bool knows_any_of(const Known& known, const std::vector<std::string>& ids) {
  return std::ranges::any_of(ids, [&](const std::string& id) { return known.tags.contains(id); });
}

}  // namespace

DeadLetter fetch_letter(const OrthancOptions& options, const Clock& clock, const Request& request,
                        std::string_view level, const std::string& id, const Error& why) {
  DeadLetter letter;
  letter.id = Uuid::of_name(options.catalog_id, format("dead-letter/{}/{}/{}", options.name, id, name(Stage::fetch)));
  letter.stage = Stage::fetch;
  letter.cause = name(why.code);
  letter.detail = why.code == Errc::not_found ? format("the source has no {} {}", level, id) : why.message();
  letter.advice = advice(Stage::fetch, why.code);
  letter.attempts = request.attempts;
  letter.first_failed_at = clock.now();
  letter.last_failed_at = letter.first_failed_at;
  letter.source = options.name;
  letter.correlation_id = request.correlation_id;
  letter.traceparent = request.traceparent;
  letter.origin_resource = id;
  letter.original_payload = json::serialize(json::object{{"ID", id}, {"Path", level}});
  return letter;
}

Fetcher::Fetcher(FetchFloor& floor) : floor_(floor), client_(floor.options.client()) {}

void Fetcher::run(std::span<const Errand> errands) {
  const auto& [pull, step] = errands.front();
  if (errands.size() == 1)
    run(pull, step);
  else if (step.kind == Step::Kind::study)
    list_studies_together(errands);
  else
    list_series_together(errands);
  for (const Errand& errand : errands) {
    errand.pull->step_ended();
    floor_.ended->check(errand.pull);
  }
}

void Fetcher::run(const std::shared_ptr<Pull>& pull, const Step& step) {
  switch (step.kind) {
    case Step::Kind::study:
      list_study(*pull, step.id);
      break;
    case Step::Kind::series:
      list_series(*pull, step.id);
      break;
    case Step::Kind::look_up:
      look_up(*pull, step.ids);
      break;
    case Step::Kind::fetch:
      examine(pull, step);
      break;
  }
}

void Fetcher::list_study(Pull& pull, const std::string& id) {
  Result<OrthancStudy> study = client_.study(id, until(pull.stop()));
  if (!study) {
    list_failed(pull, "Study", id, study.error());
    return pull.listed({});
  }
  std::vector<std::string> uids;
  if (pull.nobody_asked()) uids.push_back(study->study_uid);
  const Result<std::set<std::string>> erased = catalog::which_are_erased(floor_.rooms.catalog, uids);
  if (!erased) return static_cast<void>(outage(pull, erased.error()));
  listed(pull, *study, *erased);
}

/// What is erased here stays away until somebody asks for it or sends of it, though its source still has it.
void Fetcher::listed(Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased) {
  if (!pull.nobody_asked() || !erased.contains(study.study_uid)) return pull.listed(study);
  log::info("erased_study_passed_over", "erased here: it is fetched when somebody asks for it",
            {{"source", floor_.options.name},
             {"study_instance_uid", study.study_uid},
             {"correlation_id", pull.request().correlation_id.text()}});
  pull.listed({});
}

void Fetcher::list_series(Pull& pull, const std::string& id) {
  const http::CallOptions call = until(pull.stop());
  const std::uint64_t moment = floor_.under_way->moment();
  Result<std::vector<std::string>> ids = client_.series(id, call);
  if (!ids) {
    list_failed(pull, "Series", id, ids.error());
    return pull.listed_series({}, {});
  }
  Result<catalog::Tags> known = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, *ids);
  if (!known) {
    static_cast<void>(outage(pull, known.error()));
    return;
  }
  // Asking for all tags at once costs a tenth; where that fails, each is asked for.
  if (!known->empty() && ids->size() <= bulk_tags_max) {
    if (const auto present = client_.series_tags(id, call)) {
      const std::size_t unchanged = std::erase_if(*ids, [&](const std::string& instance) {
        const auto ours = known->find(instance);
        const auto theirs = present->find(instance);
        return ours != known->end() && theirs != present->end() && ours->second == theirs->second;
      });
      floor_.unchanged.add(static_cast<double>(unchanged));
      pull.skipped(unchanged);
    }
  }
  pull.listed_series(*ids, {std::move(*known), moment});
}

void Fetcher::list_studies_together(std::span<const Errand> errands) {
  const auto studies = told(client_.studies(ids_of(errands), until(errands.front().pull->stop())));
  std::vector<std::string> uids;
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (study != studies.end() && pull->nobody_asked()) uids.push_back(study->second.study_uid);
  }
  const Result<std::set<std::string>> erased = catalog::which_are_erased(floor_.rooms.catalog, uids);
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (!erased)
      static_cast<void>(outage(*pull, erased.error()));
    else if (study != studies.end())
      listed(*pull, study->second, *erased);
    else
      pull->list_alone(step);
  }
}

void Fetcher::list_series_together(std::span<const Errand> errands) {
  const std::uint64_t moment = floor_.under_way->moment();
  const auto series = told(client_.series(ids_of(errands), until(errands.front().pull->stop())));
  std::vector<std::string> all;
  for (const auto& [id, instances] : series) all.insert(all.end(), instances.begin(), instances.end());
  Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, all);
  if (!tags) {
    for (const Errand& errand : errands) static_cast<void>(outage(*errand.pull, tags.error()));
    return;
  }
  const Known known{std::move(*tags), moment};
  for (const auto& [pull, step] : errands) {
    const auto instances = series.find(step.id);
    // A series that is known in part has a question of its own: what has changed in it.
    if (instances == series.end() || knows_any_of(known, instances->second))
      pull->list_alone(step);
    else
      pull->listed_series(instances->second, known);
  }
}

template <typename Told>
std::map<std::string, Told> Fetcher::told(Result<std::map<std::string, Told>> answer) {
  if (answer) return std::move(*answer);
  const Error& why = answer.error();
  const bool has_no_such_question =
      why.code == Errc::not_found || why.code == Errc::invalid || why.code == Errc::unauthorized;
  if (has_no_such_question && !floor_.one_by_one.exchange(true))
    log::info("orthanc_lists_one_by_one", why.message(), {{"source", floor_.options.name}});
  return {};
}

void Fetcher::look_up(Pull& pull, const std::vector<std::string>& ids) {
  const std::uint64_t moment = floor_.under_way->moment();
  Result<catalog::Tags> known = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, ids);
  if (known)
    pull.looked_up(ids, {std::move(*known), moment});
  else
    static_cast<void>(outage(pull, known.error()));
}

void Fetcher::examine(const std::shared_ptr<Pull>& pull, const Step& step) {
  if (!step.known_tag.empty()) {
    const Result<OrthancInstance> present = client_.instance(step.id, until(pull->stop()));
    if (!present) return instance_failed(*pull, step.id, present.error());
    if (present->file_uuid == step.known_tag) return floor_.unchanged.add();
  }
  pull->deferred();
  const UnderWay::Entered entered =
      floor_.under_way->enter(step.id, step.moment, [pull, ended = floor_.ended, id = step.id] {
        pull->examine_again(id);
        ended->check(pull);
        ended->look_again();
      });
  if (entered == UnderWay::Entered::busy) return;
  if (entered == UnderWay::Entered::outdated) return pull->examine_again(step.id);
  pull->resumed();
  const Steady::time_point began = Steady::now();
  const Result<> fetched = fetch(pull, step.id);
  if (fetched) return floor_.seconds.observe(std::chrono::duration<double>(Steady::now() - began).count());
  floor_.under_way->leave(step.id, false);
  instance_failed(*pull, step.id, fetched.error());
}

Result<> Fetcher::fetch(const std::shared_ptr<Pull>& pull, const std::string& id) {
  Fetched fetched = TRY(download(*pull, id));
  inbox::Arrival of_it = TRY(arrival(*pull, id, fetched));
  return keep(pull, id, std::move(fetched), std::move(of_it));
}

Result<Fetcher::Fetched> Fetcher::download(Pull& pull, const std::string& id) {
  const http::CallOptions call = until(pull.stop());
  std::string described;
  if (describe_first_) described = TRY(client_.instance(id, call)).file_uuid;
  Result<inbox::SpoolFile> created = floor_.rooms.inbox.create();
  if (!created) return outage(pull, created.error());
  inbox::SpoolFile file = std::move(*created);
  std::optional<Error> ours;
  Pace pace(floor_.options.stall_timeout);
  const auto sink = [&](ByteView bytes) -> Result<> {
    if (const Result<> written = file.append(bytes); !written) {
      ours = written.error();
      return written;
    }
    return pace.took(bytes.size());
  };
  Result<std::string> tag = client_.file(id, sink, call);
  if (ours) return not_written(pull, id, std::move(*ours));
  if (!tag) return std::unexpected(std::move(tag).error());
  if (const Result<> written = file.finish(); !written) return outage(pull, written.error());
  if (tag->empty() && described.empty()) {
    describe_first_ = true;
    return download(pull, id);
  }
  return Fetched{tag->empty() ? described : *tag, std::move(file)};
}

Result<inbox::Arrival> Fetcher::arrival(Pull& pull, const std::string& id, const Fetched& fetched) {
  inbox::Arrival arrival;
  arrival.session = pull.session();
  arrival.origin_resource = id;
  arrival.origin_tag = fetched.tag;
  const std::uint64_t size = fetched.file.size();
  bool odd = pull.request().interrupted;
  if (!pull.request().interrupted) {
    dicom::FileSource source(fetched.file.file(), size, fetched.file.head());
    StudyUid study;
    Result<Attributes> read = dicom::read_attributes(source, floor_.options.header, study);
    odd = !read || read->flags.has(Flag::truncated_pixel_data);
    if (read)
      arrival.attributes = std::move(*read);
    else if (read.error().transient())
      return outage(pull, read.error());
    else
      arrival.refusal = Refusal{read.error().code, read.error().message(), std::move(study)};
  }
  // A file that is wrong may only have been cut on its way, by an answer that gave a wrong length.
  if (odd) {
    const OrthancInstance told = TRY(client_.instance(id, until(pull.stop())));
    if (told.size_bytes != size)
      return fail(Errc::unavailable, format("{} bytes came of a file of {}", size, told.size_bytes));
  }
  return arrival;
}

Result<> Fetcher::keep(const std::shared_ptr<Pull>& pull, const std::string& id, Fetched fetched,
                       inbox::Arrival arrival) {
  arrival.finished = [pull, id, under_way = floor_.under_way, ended = floor_.ended] {
    under_way->leave(id, true);
    pull->recorded();
    ended->check(pull);
  };
  const std::uint64_t size = fetched.file.size();
  pull->keeping(arrival.attributes ? arrival.attributes->study_uid.get() : "");
  const Result<std::int64_t> kept = floor_.rooms.inbox.keep(std::move(fetched.file), std::move(arrival));
  if (!kept) {
    pull->not_kept();
    return outage(*pull, kept.error());
  }
  crash_point("puller.after_keep");
  floor_.instances.add();
  floor_.bytes.add(static_cast<double>(size));
  return {};
}

/// One that would never fit is a fault of its own; everything else stands in the way of all.
std::unexpected<Error> Fetcher::not_written(Pull& pull, const std::string& id, Error why) {
  if (why.code != Errc::full) return outage(pull, std::move(why));
  if (const Result<OrthancInstance> told = client_.instance(id, until(pull.stop()))) {
    const Result<inbox::SpoolFile> room = floor_.rooms.inbox.create(told->size_bytes);
    if (!room && room.error().code == Errc::too_large) return std::unexpected(room.error());
  }
  return outage(pull, std::move(why));
}

Fetcher::Fault Fetcher::judge(Pull& pull, const Error& error) {
  if (error.code == Errc::cancelled) return Fault::cancelled;
  if (error.code == Errc::not_found) return Fault::absent;
  const Result<OrthancSystem> system = client_.system(probing(floor_.options, pull.stop()));
  if (!system) {
    static_cast<void>(outage(pull, as_outage(system.error()).error()));
    return Fault::cancelled;
  }
  const bool passing = error.code == Errc::corrupted || (error.transient() && error.code != Errc::unauthorized);
  return passing ? Fault::passing : Fault::lasting;
}

void Fetcher::list_failed(Pull& pull, std::string_view level, const std::string& id, const Error& error) {
  const Fault fault = judge(pull, error);
  const bool asked = !pull.nobody_asked() && level == "Study";
  if (fault == Fault::lasting || (fault == Fault::absent && asked)) pull.failed_for_good(error);
  if (fault == Fault::absent && !asked) note_absent(pull, level, id);
  if (fault == Fault::passing) pull.failed_once(error);
}

void Fetcher::instance_failed(Pull& pull, const std::string& id, const Error& error) {
  switch (judge(pull, error)) {
    case Fault::cancelled:
      return;
    case Fault::passing:
      return file_failed(pull, id, error);
    case Fault::absent: {
      const auto there = client_.instance(id, until(pull.stop()));
      if (there)
        return file_failed(pull, id, {Errc::unavailable, "it describes the instance and answers 404 to its file", {}});
      if (there.error().code == Errc::not_found) return note_absent(pull, "Instance", id);
      return instance_failed(pull, id, there.error());
    }
    case Fault::lasting:
      return set_aside(pull, id, error);
  }
}

void Fetcher::file_failed(Pull& pull, const std::string& id, const Error& error) {
  const Result<bool> lost = is_lost(floor_, client_, pull, id, error);
  if (!lost) return static_cast<void>(outage(pull, lost.error()));
  if (!*lost) return pull.failed_once(error);
  set_aside(pull, id, {Errc::gone, "Orthanc has this instance and cannot give its file: " + error.message(), {}});
}

/// Its study goes on without it.
void Fetcher::set_aside(Pull& pull, const std::string& id, const Error& error) {
  DeadLetter letter = fetch_letter(floor_.options, floor_.rooms.clock, pull.request(), "Instance", id, error);
  letter.study_uid = pull.study();
  if (const Result<> buried = floor_.rooms.bury(letter, std::nullopt); !buried)
    return static_cast<void>(outage(pull, buried.error()));
  log::warning("orthanc_fetch_failed", letter.detail,
               {{"source", floor_.options.name},
                {"correlation_id", pull.request().correlation_id.text()},
                {"request_id", pull.request().request_id.text()},
                {"attempts", pull.request().attempts},
                {"for_good", true}});
}

std::unexpected<Error> Fetcher::outage(Pull& pull, Error why) {
  pull.cancel();
  if (why.code != Errc::cancelled) {
    // It may come back as another, or with the rights it had not.
    floor_.one_by_one = false;
    floor_.outage.report(std::move(why));
  }
  floor_.ended->nudge();
  return fail(Errc::cancelled, "the pull is given back");
}

void Fetcher::note_absent(const Pull& pull, std::string_view level, const std::string& id) {
  log::info("absent_at_source", "deleted there before it could be fetched",
            {{"source", floor_.options.name},
             {"level", level},
             {"resource", id},
             {"correlation_id", pull.request().correlation_id.text()}});
}

}  // namespace dmw::sources
