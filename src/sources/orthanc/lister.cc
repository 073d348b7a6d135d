#include "sources/orthanc/lister.h"

#include <algorithm>

#include "base/log.h"
#include "catalog/erasing.h"

namespace dmw::sources {
namespace {

/// Of a series: with more instances than this each known one is asked for alone, so that no answer is large.
constexpr std::size_t bulk_tags_max = 5'000;

std::vector<std::string> ids_of(std::span<const Errand> errands) {
  std::vector<std::string> ids;
  for (const Errand& errand : errands) ids.push_back(errand.step.id);
  return ids;
}

bool knows_any_of(const Known& known, const std::vector<std::string>& ids) {
  return std::ranges::any_of(ids, [&](const std::string& id) { return known.tags.contains(id); });
}

}  // namespace

void Lister::list_study(Pull& pull, const Step& step) {
  Result<OrthancStudy> study = client_.study(step.id, until(pull.stop()));
  if (!study) return study_failed(pull, step, study.error());
  floor_.throttle.answered();
  std::vector<std::string> uids;
  if (pull.nobody_asked()) uids.push_back(study->study_uid);
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
      if (!pull.nobody_asked()) pull.failed_for_good({Errc::not_found, "the source has no such study", {}});
      break;
    case Ruling::passing:
      pull.failed_once(error);
      break;
  }
  pull.listed({});
}

/// What is erased here stays away until somebody asks for it or sends of it, though its source still has it.
void Lister::listed(Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased) {
  if (!pull.nobody_asked() || !erased.contains(study.study_uid)) return pull.listed(study);
  log::info("erased_study_passed_over", "erased here: it is fetched when somebody asks for it",
            {{"source", floor_.options.name},
             {"study_instance_uid", study.study_uid},
             {"correlation_id", pull.request().correlation_id.text()}});
  pull.listed({});
}

void Lister::list_series(Pull& pull, const Step& step) {
  const std::uint64_t moment = floor_.under_way->moment();
  Result<std::vector<std::string>> ids = client_.series(step.id, until(pull.stop()));
  if (!ids) return series_failed(pull, step, ids.error());
  floor_.throttle.answered();
  Result<catalog::Tags> known = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, *ids);
  if (!known) return static_cast<void>(judge_.outage(pull, known.error()));
  if (const Result<> dropped = drop_unchanged(pull, step.id, *known, *ids); !dropped)
    return series_failed(pull, step, dropped.error());
  pull.listed_series(*ids, {std::move(*known), moment});
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

/// Asking for all tags at once costs a tenth; where that fails, each is asked for.
Result<> Lister::drop_unchanged(Pull& pull, const std::string& series, const catalog::Tags& known,
                                std::vector<std::string>& ids) {
  if (known.empty() || ids.size() > bulk_tags_max) return {};
  const auto present = client_.series_tags(series, until(pull.stop()));
  if (!present) return judge_.is_limit(present.error()) ? Result<>(std::unexpected(present.error())) : Result<>();
  const std::size_t unchanged = std::erase_if(ids, [&](const std::string& instance) {
    const auto ours = known.find(instance);
    const auto theirs = present->find(instance);
    return ours != known.end() && theirs != present->end() && ours->second == theirs->second;
  });
  floor_.unchanged.add(static_cast<double>(unchanged));
  pull.skipped(unchanged);
  return {};
}

void Lister::list_studies_together(std::span<const Errand> errands) {
  auto answer = client_.studies(ids_of(errands), until(errands.front().pull->stop()));
  if (!answer && refused_together(errands, answer.error())) return;
  const auto studies = told(std::move(answer));
  std::vector<std::string> uids;
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (study != studies.end() && pull->nobody_asked()) uids.push_back(study->second.study_uid);
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
  auto answer = client_.series(ids_of(errands), until(errands.front().pull->stop()));
  if (!answer && refused_together(errands, answer.error())) return;
  const auto series = told(std::move(answer));
  std::vector<std::string> all;
  for (const auto& [id, instances] : series) all.insert(all.end(), instances.begin(), instances.end());
  Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, all);
  if (!tags) {
    for (const Errand& errand : errands) static_cast<void>(judge_.outage(*errand.pull, tags.error()));
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
    return std::move(*answer);
  }
  const Error& why = answer.error();
  const bool has_no_such_question =
      why.code == Errc::not_found || why.code == Errc::invalid || why.code == Errc::unauthorized;
  if (has_no_such_question && !floor_.one_by_one.exchange(true))
    log::info("orthanc_lists_one_by_one", why.message(), {{"source", floor_.options.name}});
  return {};
}

void Lister::look_up(Pull& pull, const std::vector<std::string>& ids) {
  const std::uint64_t moment = floor_.under_way->moment();
  Result<catalog::Tags> known = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, ids);
  if (known)
    pull.looked_up(ids, {std::move(*known), moment});
  else
    static_cast<void>(judge_.outage(pull, known.error()));
}

}  // namespace dmw::sources
