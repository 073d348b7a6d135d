#include "sources/orthanc/fetcher.h"

#include <algorithm>
#include <chrono>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "dicom/byte_source.h"
#include "sources/orthanc/lost_file.h"

namespace dmw::sources {
namespace {

using Steady = std::chrono::steady_clock;

/// How long bytes that have come wait for the answer how many they should be.
constexpr std::chrono::minutes describe_patience{5};
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
      return fail(Errc::timeout, format("only {} bytes arrived in {} ms", bytes_, window_.count()));
    began_ = now;
    bytes_ = 0;
    return {};
  }

 private:
  const std::chrono::milliseconds window_;
  Steady::time_point began_ = Steady::now();
  std::uint64_t bytes_ = 0;
};

double as_seconds(Monotonic::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

DeadLetter fetch_letter(const OrthancOptions& options, const Clock& clock, const Request& request, Level level,
                        const std::string& id, const Error& why) {
  DeadLetter letter;
  letter.id = Uuid::of_name(options.catalog_id, format("dead-letter/{}/{}/{}", options.name, id, name(Stage::fetch)));
  letter.stage = Stage::fetch;
  letter.cause = name(why.code);
  letter.detail = why.code == Errc::not_found ? format("Orthanc at {} has no {} {}", options.address(), name(level), id)
                                              : why.message();
  letter.advice = advice(Stage::fetch, why.code);
  letter.attempts = request.attempts;
  letter.first_failed_at = clock.now();
  letter.last_failed_at = letter.first_failed_at;
  letter.source = options.name;
  letter.correlation_id = request.correlation_id;
  letter.traceparent = request.traceparent;
  letter.origin_resource = id;
  letter.origin = format("{} {} {}", options.address(), name(level), id);
  letter.original_payload = json::serialize(json::object{{"ID", id}, {"Path", name(level)}});
  return letter;
}

Fetcher::Fetcher(FetchFloor& floor)
    : floor_(floor),
      client_(floor.options.client(), floor.options.setting),
      judge_(floor, client_),
      lister_(floor, client_, judge_),
      erased_here_(floor.options, floor.rooms, client_) {}

void Fetcher::run(std::span<const Errand> errands) {
  judge_.begins();
  const Errand& first = errands.front();
  if (errands.size() == 1) return end(first, run(first));
  std::vector<StepEnd> ends = lister_.list_together(errands);
  for (std::size_t i = 0; i < errands.size(); ++i) end(errands[i], std::move(ends.at(i)));
}

/// That a file came is said where it came (fetch).
void Fetcher::end(const Errand& errand, StepEnd how) {
  const Step& step = errand.step;
  const bool is_list = step.kind == Step::Kind::study || step.kind == Step::Kind::series;
  if (const auto* const failed = std::get_if<ended::Failed>(&how))
    floor_.yield.failed(is_list ? Yield::Of::lists : Yield::Of::files, step.id, failed->why);
  if (is_list && (is<ended::Listed>(how) || is<ended::Found>(how))) floor_.yield.came(Yield::Of::lists);
  floor_.under_way->end(errand, std::move(how));
}

StepEnd Fetcher::run(const Errand& errand) {
  switch (errand.step.kind) {
    case Step::Kind::study:
      return lister_.list_study(*errand.pull, errand.step);
    case Step::Kind::series:
      return lister_.list_series(*errand.pull, errand.step);
    case Step::Kind::look_up:
      return lister_.look_up(*errand.pull, errand.step);
    case Step::Kind::fetch:
      break;
  }
  return examine(errand);
}

StepEnd Fetcher::examine(const Errand& errand) {
  const auto& [pull, step] = errand;
  if (!step.known_tag.empty() && !step.told) {
    const Result<OrthancInstance> present = client_.instance(step.id, until(pull->stop()));
    if (!present) return failed(*pull, step, present.error());
    floor_.throttle.answered();
    if (present->file_uuid == step.known_tag) {
      floor_.unchanged.add();
      return ended::Through{};
    }
  }
  switch (floor_.under_way->enter(errand)) {
    case InstancesUnderWay::Entered::busy:
      return ended::Waits{};
    case InstancesUnderWay::Entered::outdated:
      return ended::Outdated{};
    case InstancesUnderWay::Entered::yes:
      break;
  }
  StepEnd how = fetch(pull, step);
  if (!is<ended::Kept>(how)) floor_.under_way->leave(step.id);
  return how;
}

StepEnd Fetcher::fetch(const std::shared_ptr<Pull>& pull, const Step& step) {
  const Monotonic began = floor_.rooms.clock.monotonic();
  std::expected<Fetched, FetchError> fetched = download(*pull, step);
  if (!fetched) return failed(*pull, step, fetched.error());
  floor_.throttle.answered();
  if (const Result<> whole = expect_whole(*pull, step, *fetched); !whole) return failed(*pull, step, whole.error());
  floor_.yield.came(Yield::Of::files);
  Result<inbox::Arrival> of_it = arrival(*pull, step.id, *fetched);
  if (!of_it) return ended::GivenBack{of_it.error()};
  const std::expected<bool, FetchError> away = keeps_away(*pull, step.id, *of_it);
  if (!away) return failed(*pull, step, away.error());
  StepEnd how = *away ? StepEnd(ended::Through{}) : keep(pull, step.id, std::move(*fetched), std::move(*of_it));
  if (!is<ended::GivenBack>(how)) floor_.seconds.observe(as_seconds(floor_.rooms.clock.monotonic() - began));
  return how;
}

std::expected<Fetcher::Fetched, FetchError> Fetcher::download(const Pull& pull, const Step& step) {
  const http::CallOptions call = until(pull.stop());
  std::string described;
  if (describe_first_) described = TRY(client_.instance(step.id, call)).file_uuid;
  Result<inbox::SpoolFile> created = floor_.rooms.inbox.create();
  if (!created) return std::unexpected(not_opened(created.error()));
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
  const Result<std::string> uuid = client_.file(step.id, sink, call);
  if (ours) return std::unexpected(not_written(pull, step.id, std::move(*ours)));
  if (!uuid) return std::unexpected(uuid.error());
  if (const Result<> written = file.finish(); !written) return std::unexpected(FetchError(written.error(), true));
  if (uuid->empty() && described.empty()) {
    describe_first_ = true;
    return download(pull, step);
  }
  return Fetched{uuid->empty() ? described : *uuid, std::move(file)};
}

/// The length in the answer is not reliable: it comes from the answering server, perhaps a proxy that has less than
/// Orthanc.
Result<> Fetcher::expect_whole(const Pull& pull, const Step& step, const Fetched& fetched) {
  const bool told = step.told && step.told->file_uuid == fetched.tag;
  const std::uint64_t size = told ? step.told->size_bytes : TRY(describe(pull, step.id)).size_bytes;
  if (fetched.file.size() == size) return {};
  return fail(Errc::unavailable, format("{} of {} bytes of the file arrived", fetched.file.size(), size));
}

Result<inbox::Arrival> Fetcher::arrival(const Pull& pull, const std::string& id, const Fetched& fetched) {
  inbox::Arrival arrival;
  arrival.session = pull.session();
  arrival.origin_resource = id;
  arrival.origin_tag = fetched.tag;
  if (pull.request().interrupted) return arrival;
  dicom::FileSource source(fetched.file.file(), fetched.file.size(), fetched.file.head());
  arrival.header = TRY(dicom::read_instance(source, floor_.options.header));
  return arrival;
}

/// The bytes have come: they are not thrown away because the source can do less just now.
Result<OrthancInstance> Fetcher::describe(const Pull& pull, const std::string& id) {
  const Monotonic patient_until = floor_.rooms.clock.monotonic() + describe_patience;
  for (;;) {
    judge_.begins();
    Result<OrthancInstance> told = client_.instance(id, until(pull.stop()));
    if (told) floor_.throttle.answered();
    if (told || !judge_.is_limit(told.error())) return told;
    judge_.slow_down();
    if (floor_.rooms.clock.monotonic() > patient_until || !floor_.throttle.await_turn(pull.stop())) return told;
  }
}

std::expected<bool, FetchError> Fetcher::keeps_away(const Pull& pull, const std::string& id,
                                                    const inbox::Arrival& arrival) {
  // An instance that cannot be read goes on to its dead letter. A study that was listed by its UID was judged then.
  if (arrival.header.is_refused() || !pull.study().get().empty()) return false;
  const Attributes* const attributes = arrival.header.is_readable() ? &arrival.header.attributes() : nullptr;
  return erased_here_.keeps_away(pull.request(), id, attributes, pull.stop());
}

StepEnd Fetcher::keep(const std::shared_ptr<Pull>& pull, const std::string& id, Fetched fetched,
                      inbox::Arrival arrival) {
  arrival.finished = [under_way = floor_.under_way, pull, id] { under_way->recorded(*pull, id); };
  const std::uint64_t size = fetched.file.size();
  std::string study_uid = arrival.header.is_readable() ? arrival.header->study_uid.get() : "";
  const Result<std::int64_t> kept = floor_.rooms.inbox.keep(std::move(fetched.file), std::move(arrival));
  if (!kept) return ended::GivenBack{kept.error()};
  crash_point("puller.after_keep");
  floor_.instances.add();
  floor_.bytes.add(static_cast<double>(size));
  return ended::Kept{std::move(study_uid)};
}

/// Running out of descriptors depends on how many we use at the same time; every other error affects all fetches.
FetchError Fetcher::not_opened(Error why) {
  const bool limit = judge_.is_limit(why);
  return {std::move(why), !limit};
}

/// One that would never fit is a fault of its own; everything else stands in the way of all.
FetchError Fetcher::not_written(const Pull& pull, const std::string& id, Error why) {
  if (why.code != Errc::full) return {std::move(why), true};
  if (const Result<OrthancInstance> told = client_.instance(id, until(pull.stop()))) {
    const Result<inbox::SpoolFile> room = floor_.rooms.inbox.create(told->size_bytes);
    if (!room && room.error().code == Errc::too_large) return room.error();
  }
  return {std::move(why), true};
}

StepEnd Fetcher::failed(const Pull& pull, const Step& step, const FetchError& error) {
  const Error& why = error.why;
  if (error.outage) return ended::GivenBack{why};
  if (why.code == Errc::too_large && !client_.refusal()) return set_aside(pull, step.id, why);
  const bool limit = judge_.is_limit(why);
  StepEnd how = judge_.of(pull, step, why);
  const bool passing = is<ended::Failed>(how) && !limit;
  if (is<ended::Absent>(how) || (passing && why.code == Errc::not_found)) return missing(pull, step);
  return passing ? file_failed(pull, step.id, why) : how;
}

/// A 404 to its file alone may be a file that Orthanc has lost.
StepEnd Fetcher::missing(const Pull& pull, const Step& step) {
  const Result<OrthancInstance> there = client_.instance(step.id, until(pull.stop()));
  if (there)
    return file_failed(pull, step.id,
                       {Errc::unavailable, "it describes the instance, but answers 404 for its file", {}});
  StepEnd how = judge_.of(pull, step, there.error());
  return is<ended::Absent>(how) ? absent(pull, step.id) : std::move(how);
}

StepEnd Fetcher::absent(const Pull& pull, const std::string& id) {
  floor_.absent.add();
  log::info("absent_at_source",
            format("instance {} was deleted in {} before it could be fetched", id, floor_.options.name),
            {{"source", floor_.options.name},
             {"level", name(Level::instance)},
             {"resource", id},
             {"correlation_id", pull.request().correlation_id.text()}});
  return ended::Absent{};
}

StepEnd Fetcher::file_failed(const Pull& pull, const std::string& id, const Error& error) {
  const Result<bool> lost = is_lost(floor_, client_, pull, id, error);
  if (!lost) return ended::GivenBack{lost.error()};
  if (!*lost) return ended::Failed{error};
  floor_.yield.came(Yield::Of::files);  // that of another instance
  return set_aside(pull, id,
                   {Errc::gone, "Orthanc has this instance, but cannot deliver its file: " + error.message(), {}});
}

/// Its study goes on without it.
StepEnd Fetcher::set_aside(const Pull& pull, const std::string& id, const Error& error) {
  DeadLetter letter = fetch_letter(floor_.options, floor_.rooms.clock, pull.request(), Level::instance, id, error);
  letter.study_uid = pull.study();
  if (const Result<> buried = floor_.rooms.bury(letter, std::nullopt); !buried) return ended::GivenBack{buried.error()};
  log::for_machines(log::Level::info, "orthanc_fetch_failed", letter.detail,
                    {{"source", floor_.options.name},
                     {"correlation_id", pull.request().correlation_id.text()},
                     {"request_id", pull.request().request_id.text()},
                     {"attempts", pull.request().attempts},
                     {"for_good", true}});
  return ended::Through{};
}

}  // namespace dmw::sources
