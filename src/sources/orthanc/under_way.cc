#include "sources/orthanc/under_way.h"

namespace dmw::sources {
namespace {

bool may_be_joined(const Step& step) {
  return !step.alone && (step.kind == Step::Kind::study || step.kind == Step::Kind::series);
}

}  // namespace

void UnderWay::disconnect() {
  const std::scoped_lock lock(calling_);
  settle_ = [] {};
  look_ = [] {};
}

void UnderWay::call(const std::function<void()>& function) {
  const std::scoped_lock lock(calling_);
  function();
}

void UnderWay::add(const std::vector<std::shared_ptr<Pull>>& pulls) {
  {
    const std::scoped_lock lock(mutex_);
    for (const std::shared_ptr<Pull>& pull : pulls) {
      std::shared_ptr<Pull>& place = pulls_[pull->request().id];
      if (place) place->cancel();
      place = pull;
      serving_.push_back(pull);
    }
  }
  call(look_);
}

std::vector<std::int64_t> UnderWay::ids() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::int64_t> ids;
  for (const auto& [id, pull] : pulls_) ids.push_back(id);
  return ids;
}

UnderWay::Load UnderWay::load() {
  const std::scoped_lock lock(mutex_);
  serving_.remove_if([](const std::shared_ptr<Pull>& pull) { return !pull->left(); });
  Load load{.claimed = pulls_.size(), .pulls = serving_.size()};
  for (const std::shared_ptr<Pull>& pull : serving_) load.instances += pull->left().value_or(0);
  return load;
}

std::vector<Errand> UnderWay::next(std::size_t parallel_max, bool together) {
  const std::scoped_lock lock(mutex_);
  std::vector<Errand> errands;
  std::list<std::shared_ptr<Pull>> served;
  for (auto each = serving_.begin(); each != serving_.end() && errands.size() < together_max;) {
    const auto pull = each++;
    std::optional<Step::Kind> only;
    if (!errands.empty()) only = errands.front().step.kind;
    std::optional<Step> step = (*pull)->take(parallel_max, only);
    if (!step) continue;
    errands.push_back({*pull, std::move(*step)});
    served.splice(served.end(), serving_, pull);
    if (!together || !may_be_joined(errands.front().step)) break;
  }
  serving_.splice(serving_.end(), served);
  return errands;
}

void UnderWay::end(const Errand& errand, StepEnd how) {
  const bool given_back = is<ended::GivenBack>(how);
  if (given_back) {
    const Error& why = std::get<ended::GivenBack>(how).why;
    const std::scoped_lock lock(mutex_);
    if (why.code != Errc::cancelled && !outage_) outage_ = why;
  }
  errand.pull->end(errand.step, std::move(how));
  if (given_back || !errand.pull->left()) call(settle_);
}

InstancesUnderWay::Entered UnderWay::enter(const Errand& errand) {
  return instances_.enter(errand.step.id, errand.step.moment, errand.pull);
}

void UnderWay::leave(const std::string& id) {
  examine_again(instances_.leave(id, false), id);
}

void UnderWay::recorded(Pull& pull, const std::string& id) {
  examine_again(instances_.leave(id, true), id);
  if (pull.recorded()) call(settle_);
}

void UnderWay::examine_again(const std::vector<std::shared_ptr<Pull>>& waiting, const std::string& id) {
  for (const std::shared_ptr<Pull>& pull : waiting) pull->examine_again(id);
  if (!waiting.empty()) call(look_);
}

std::vector<UnderWay::Ended> UnderWay::ended() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Ended> ended;
  for (const auto& [id, pull] : pulls_) {
    if (std::optional<PullEnd> end = pull->ending()) ended.push_back({pull, std::move(*end)});
  }
  return ended;
}

void UnderWay::forget(std::int64_t request_id) {
  const std::scoped_lock lock(mutex_);
  pulls_.erase(request_id);
}

std::optional<Error> UnderWay::outage() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(outage_, std::nullopt);
}

std::vector<std::int64_t> UnderWay::give_back(Which which) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::int64_t> given_back;
  std::erase_if(pulls_, [&](const auto& entry) {
    const auto& [id, pull] = entry;
    const bool goes = which == Which::cancelled ? pull->cancelled() : pull->cancel() || which == Which::all;
    if (goes) given_back.push_back(id);
    return goes;
  });
  return given_back;
}

}  // namespace dmw::sources
