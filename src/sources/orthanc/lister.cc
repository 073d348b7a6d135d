#include "sources/orthanc/lister.h"

#include <algorithm>

#include "base/format.h"
#include "base/log.h"
#include "catalog/erasing.h"

namespace dmw::sources {
namespace {

/// Of an answer that tells of many instances, 600 bytes each: where it would be longer, each is asked for alone.
constexpr std::size_t told_bytes_max = 8U << 20U;

std::vector<std::string> ids_of(std::span<const Errand> errands) {
  std::vector<std::string> ids;
  for (const Errand& errand : errands) ids.push_back(errand.step.id);
  return ids;
}

std::vector<std::string> ids_of(const OrthancInstances& instances) {
  std::vector<std::string> ids;
  for (const auto& [id, instance] : instances) ids.push_back(id);
  return ids;
}

http::CallOptions bounded(const Pull& pull) {
  http::CallOptions call = until(pull.stop());
  call.body_limit_bytes = told_bytes_max;
  return call;
}

}  // namespace

void Lister::list_study(Pull& pull, const Step& step) {
  Result<OrthancStudy> study = client_.study(step.id, until(pull.stop()));
  if (!study) return study_failed(pull, step, study.error());
  floor_.throttle.answered();
  std::vector<std::string> uids;
  if (nobody_asked(pull.request())) uids.push_back(study->study_uid);
  const Result<std::set<std::string>> erased = catalog::which_are_erased(floor_.rooms.catalog, uids);
  if (!erased) return static_cast<void>(judge_.outage(pull, erased.error()));
  listed(pull, *study, *erased);
}

void Lister::study_failed(Pull& pull, const Step& step, const Error& error) {
  switch (judge_.of(pull, Level::study, step.id, error)) {
    case Ruling::given_back:
      break;
    case Ruling::again:
      if (judge_.put_back(pull, step)) return;
      pull.failed_once(error);
      break;
    case Ruling::absent:
      pull.absent(step.id);
      floor_.absent.add();
      // Somebody waits for it, and is told.
      if (!nobody_asked(pull.request())) pull.failed_for_good({Errc::not_found, "the source has no such study", {}});
      break;
    case Ruling::passing:
      pull.failed_once(error);
      break;
  }
  pull.listed({});
}

/// What is erased here stays away until somebody asks for it or sends of it, though its source still has it.
void Lister::listed(Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased) {
  if (!nobody_asked(pull.request()) || !erased.contains(study.study_uid)) return pull.listed(study);
  log::info("erased_study_passed_over",
            format("study {} of {} is erased here: it is fetched when somebody asks for it", study.study_uid,
                   floor_.options.name),
            {{"source", floor_.options.name},
             {"study_instance_uid", study.study_uid},
             {"correlation_id", pull.request().correlation_id.text()}});
  pull.listed({});
}

void Lister::list_series(Pull& pull, const Step& step) {
  Known known{.moment = floor_.under_way->moment()};
  Result<std::vector<std::string>> ids = instances_of(pull, step.id, known.told);
  if (!ids) return series_failed(pull, step, ids.error());
  floor_.throttle.answered();
  Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, *ids);
  if (!tags) return static_cast<void>(judge_.outage(pull, tags.error()));
  known.tags = std::move(*tags);
  drop_unchanged(known, *ids);
  pull.listed_series(*ids, known);
}

/// Where it does not tell of them together, their names are enough.
Result<std::vector<std::string>> Lister::instances_of(Pull& pull, const std::string& series, OrthancInstances& told) {
  Result<OrthancInstances> instances = client_.instances_of(series, bounded(pull));
  if (!instances && (instances.error().code == Errc::cancelled || judge_.is_limit(instances.error())))
    return std::unexpected(std::move(instances).error());
  if (!instances) return client_.series(series, until(pull.stop()));
  told = std::move(*instances);
  return ids_of(told);
}

void Lister::drop_unchanged(Known& known, std::vector<std::string>& ids) {
  known.unchanged = std::erase_if(ids, [&](const std::string& instance) {
    const auto ours = known.tags.find(instance);
    const auto theirs = known.told.find(instance);
    return ours != known.tags.end() && theirs != known.told.end() && ours->second == theirs->second.file_uuid;
  });
  floor_.unchanged.add(static_cast<double>(known.unchanged));
}

void Lister::series_failed(Pull& pull, const Step& step, const Error& error) {
  switch (judge_.of(pull, Level::series, step.id, error)) {
    case Ruling::given_back:
      break;
    case Ruling::again:
      if (judge_.put_back(pull, step)) return;
      pull.failed_once(error);
      break;
    case Ruling::absent:
      pull.absent(step.id);
      floor_.absent.add();
      break;
    case Ruling::passing:
      pull.failed_once(error);
      break;
  }
  pull.listed_series({}, {});
}

void Lister::list_studies_together(std::span<const Errand> errands) {
  auto answer = client_.studies(ids_of(errands), until(errands.front().pull->stop()));
  if (!answer && refused_together(errands, answer.error())) return;
  const auto studies = told(std::move(answer));
  std::vector<std::string> uids;
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (study != studies.end() && nobody_asked(pull->request())) uids.push_back(study->second.study_uid);
  }
  const Result<std::set<std::string>> erased = catalog::which_are_erased(floor_.rooms.catalog, uids);
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (!erased)
      static_cast<void>(judge_.outage(*pull, erased.error()));
    else if (study != studies.end())
      listed(*pull, study->second, *erased);
    else
      pull->list_alone(step);
  }
}

void Lister::list_series_together(std::span<const Errand> errands) {
  const std::uint64_t moment = floor_.under_way->moment();
  auto answer = client_.instances_of(ids_of(errands), bounded(*errands.front().pull));
  if (!answer && refused_together(errands, answer.error())) return;
  auto series = told(std::move(answer));
  std::vector<std::string> all;
  for (const auto& [id, instances] : series) std::ranges::copy(ids_of(instances), std::back_inserter(all));
  const Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, all);
  for (const auto& [pull, step] : errands) {
    const auto instances = series.find(step.id);
    if (!tags) {
      static_cast<void>(judge_.outage(*pull, tags.error()));
    } else if (instances == series.end()) {
      pull->list_alone(step);
    } else {
      std::vector<std::string> ids = ids_of(instances->second);
      Known known{.tags = *tags, .moment = moment, .told = std::move(instances->second)};
      drop_unchanged(known, ids);
      pull->listed_series(ids, known);
    }
  }
}

bool Lister::refused_together(std::span<const Errand> errands, const Error& error) {
  if (!judge_.is_limit(error)) return false;
  const auto& [first, listing] = errands.front();
  const Level level = listing.kind == Step::Kind::study ? Level::study : Level::series;
  // The first one is given back where it is an outage after all.
  static_cast<void>(judge_.of(*first, level, listing.id, error));
  for (const auto& [pull, step] : errands) {
    if (!judge_.put_back(*pull, step)) pull->list_alone(step);
  }
  return true;
}

template <typename Told>
std::map<std::string, Told> Lister::told(Result<std::map<std::string, Told>> answer) {
  if (answer) {
    floor_.throttle.answered();
    floor_.bulk_form.forget();
    return std::move(*answer);
  }
  const Error& why = answer.error();
  const bool has_no_such_question =
      why.code == Errc::not_found || why.code == Errc::invalid || why.code == Errc::unauthorized;
  if (has_no_such_question && floor_.bulk_form.refused())
    log::info("orthanc_lists_one_by_one", why.message(), {{"source", floor_.options.name}});
  return {};
}

void Lister::look_up(Pull& pull, const Step& step) {
  Known known{.moment = floor_.under_way->moment()};
  Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, step.ids);
  if (!tags) return static_cast<void>(judge_.outage(pull, tags.error()));
  known.tags = std::move(*tags);
  if (floor_.bulk_form.usable()) {
    Result<OrthancInstances> instances = client_.instances(step.ids, bounded(pull));
    if (!instances && judge_.is_limit(instances.error())) {
      judge_.slow_down();
      if (judge_.put_back(pull, step)) return;
    }
    known.told = told(std::move(instances));
  }
  std::vector<std::string> ids = step.ids;
  drop_unchanged(known, ids);
  pull.looked_up(ids, known);
}

}  // namespace dmw::sources
