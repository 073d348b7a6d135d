#include "sources/orthanc/lister.h"

#include <algorithm>

#include "base/format.h"
#include "base/log.h"
#include "catalog/erasing.h"

namespace dmw::sources {
namespace {

/// Limit of an answer about many instances, with 600 bytes each. If it would be longer, single requests are used.
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

StepEnd Lister::list_study(const Pull& pull, const Step& step) {
  const Result<OrthancStudy> study = client_.study(step.id, until(pull.stop()));
  if (!study) return failed(pull, step, study.error());
  floor_.throttle.answered();
  std::vector<std::string> uids;
  if (nobody_asked(pull.request())) uids.push_back(study->study_uid);
  const Result<std::set<std::string>> erased = catalog::which_are_erased(floor_.rooms.catalog, uids);
  if (!erased) return ended::GivenBack{erased.error()};
  return listed(pull, *study, *erased);
}

/// A study that was erased here is not fetched again automatically, even if its source still has it; an explicit
/// request or new images bring it back.
StepEnd Lister::listed(const Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased) const {
  if (!nobody_asked(pull.request()) || !erased.contains(study.study_uid)) return ended::Listed{study};
  log::info(
      "erased_study_passed_over",
      format("study {} of {} was erased here: it is fetched only on request", study.study_uid, floor_.options.name),
      {{"source", floor_.options.name},
       {"study_instance_uid", study.study_uid},
       {"correlation_id", pull.request().correlation_id.text()}});
  return ended::Listed{};
}

StepEnd Lister::failed(const Pull& pull, const Step& step, const Error& error) {
  StepEnd how = judge_.of(pull, step, error);
  if (!is<ended::Absent>(how)) return how;
  floor_.absent.add();
  // A caller waits for it and gets the error.
  if (step.kind == Step::Kind::study && !nobody_asked(pull.request())) return ended::NoSuchStudy{};
  return how;
}

StepEnd Lister::list_series(const Pull& pull, const Step& step) {
  Known known{.moment = floor_.under_way->moment()};
  Result<std::vector<std::string>> ids = instances_of(pull, step.id, known.told);
  if (!ids) return failed(pull, step, ids.error());
  floor_.throttle.answered();
  Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, *ids);
  if (!tags) return ended::GivenBack{tags.error()};
  known.tags = std::move(*tags);
  return found(std::move(*ids), std::move(known));
}

/// If there is no bulk answer, the names of the instances are enough.
Result<std::vector<std::string>> Lister::instances_of(const Pull& pull, const std::string& series,
                                                      OrthancInstances& told) {
  Result<OrthancInstances> instances = client_.instances_of(series, bounded(pull));
  if (!instances && (instances.error().code == Errc::cancelled || judge_.is_limit(instances.error())))
    return std::unexpected(std::move(instances).error());
  if (!instances) return client_.series(series, until(pull.stop()));
  told = std::move(*instances);
  return ids_of(told);
}

StepEnd Lister::found(std::vector<std::string> ids, Known known) {
  known.unchanged = std::erase_if(ids, [&](const std::string& instance) {
    const auto ours = known.tags.find(instance);
    const auto theirs = known.told.find(instance);
    return ours != known.tags.end() && theirs != known.told.end() && ours->second == theirs->second.file_uuid;
  });
  floor_.unchanged.add(static_cast<double>(known.unchanged));
  return ended::Found{std::move(ids), std::move(known)};
}

std::vector<StepEnd> Lister::list_together(std::span<const Errand> errands) {
  return errands.front().step.kind == Step::Kind::study ? studies_together(errands) : series_together(errands);
}

std::vector<StepEnd> Lister::studies_together(std::span<const Errand> errands) {
  auto answer = client_.studies(ids_of(errands), until(errands.front().pull->stop()));
  if (!answer && judge_.is_limit(answer.error())) return refused_together(errands, answer.error());
  const auto studies = told(std::move(answer));
  std::vector<std::string> uids;
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (study != studies.end() && nobody_asked(pull->request())) uids.push_back(study->second.study_uid);
  }
  const Result<std::set<std::string>> erased = catalog::which_are_erased(floor_.rooms.catalog, uids);
  std::vector<StepEnd> ends;
  for (const auto& [pull, step] : errands) {
    const auto study = studies.find(step.id);
    if (!erased)
      ends.emplace_back(ended::GivenBack{erased.error()});
    else if (study != studies.end())
      ends.push_back(listed(*pull, study->second, *erased));
    else
      ends.emplace_back(ended::NotTold{});
  }
  return ends;
}

std::vector<StepEnd> Lister::series_together(std::span<const Errand> errands) {
  const std::uint64_t moment = floor_.under_way->moment();
  auto answer = client_.instances_of(ids_of(errands), bounded(*errands.front().pull));
  if (!answer && judge_.is_limit(answer.error())) return refused_together(errands, answer.error());
  auto series = told(std::move(answer));
  std::vector<std::string> all;
  for (const auto& [id, instances] : series) std::ranges::copy(ids_of(instances), std::back_inserter(all));
  const Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, all);
  std::vector<StepEnd> ends;
  for (const Errand& errand : errands) {
    const auto instances = series.find(errand.step.id);
    if (!tags)
      ends.emplace_back(ended::GivenBack{tags.error()});
    else if (instances == series.end())
      ends.emplace_back(ended::NotTold{});
    else
      ends.push_back(found(ids_of(instances->second), {.tags = *tags, .moment = moment, .told = instances->second}));
  }
  return ends;
}

/// If it is an outage, the first one is given back.
std::vector<StepEnd> Lister::refused_together(std::span<const Errand> errands, const Error& error) {
  std::vector<StepEnd> ends;
  for (const auto& [pull, step] : errands) {
    StepEnd how = ends.empty() ? judge_.of(*pull, step, error) : judge_.refused(*pull, step, error);
    if (is<ended::Failed>(how)) how = ended::NotTold{};
    ends.push_back(std::move(how));
  }
  return ends;
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

StepEnd Lister::look_up(const Pull& pull, const Step& step) {
  Known known{.moment = floor_.under_way->moment()};
  Result<catalog::Tags> tags = catalog::known_instances(floor_.rooms.catalog, floor_.options.name, step.ids);
  if (!tags) return ended::GivenBack{tags.error()};
  known.tags = std::move(*tags);
  if (floor_.bulk_form.usable()) {
    Result<OrthancInstances> instances = client_.instances(step.ids, bounded(pull));
    if (!instances && judge_.is_limit(instances.error())) {
      judge_.slow_down();
      if (StepEnd how = judge_.refused(pull, step, instances.error()); is<ended::Refused>(how)) return how;
    }
    known.told = told(std::move(instances));
  }
  return found(step.ids, std::move(known));
}

}  // namespace dmw::sources
