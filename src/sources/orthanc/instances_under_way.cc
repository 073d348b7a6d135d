#include "sources/orthanc/instances_under_way.h"

namespace dmw::sources {
namespace {

constexpr std::size_t remembered_max = 20'000;

}  // namespace

std::uint64_t InstancesUnderWay::moment() const {
  const std::scoped_lock lock(mutex_);
  return recorded_count_;
}

InstancesUnderWay::Entered InstancesUnderWay::enter(const std::string& id, std::uint64_t moment,
                                                    const std::shared_ptr<Pull>& pull) {
  const std::scoped_lock lock(mutex_);
  if (const auto other = entered_.find(id); other != entered_.end()) {
    other->second.push_back(pull);
    return Entered::busy;
  }
  if (const auto done = recorded_.find(id); done != recorded_.end() && done->second > moment) return Entered::outdated;
  entered_.try_emplace(id);
  return Entered::yes;
}

std::vector<std::shared_ptr<Pull>> InstancesUnderWay::leave(const std::string& id, bool recorded) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Pull>> waiting;
  if (auto node = entered_.extract(id)) waiting = std::move(node.mapped());
  if (!recorded) return waiting;
  recorded_[id] = ++recorded_count_;
  recorded_order_.emplace_back(recorded_count_, id);
  if (recorded_order_.size() > remembered_max) {
    const auto& [when, oldest] = recorded_order_.front();
    if (const auto found = recorded_.find(oldest); found != recorded_.end() && found->second == when)
      recorded_.erase(found);
    recorded_order_.pop_front();
  }
  return waiting;
}

}  // namespace dmw::sources
