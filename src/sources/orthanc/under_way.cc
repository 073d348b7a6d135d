#include "sources/orthanc/under_way.h"

namespace dmw::sources {
namespace {

constexpr std::size_t remembered_max = 20'000;

}  // namespace

std::uint64_t UnderWay::moment() const {
  const std::scoped_lock lock(mutex_);
  return recorded_count_;
}

UnderWay::Entered UnderWay::enter(const std::string& id, std::uint64_t moment, std::function<void()> again) {
  const std::scoped_lock lock(mutex_);
  if (const auto other = entered_.find(id); other != entered_.end()) {
    other->second.push_back(std::move(again));
    return Entered::busy;
  }
  if (const auto done = recorded_.find(id); done != recorded_.end() && done->second > moment) return Entered::outdated;
  entered_.try_emplace(id);
  return Entered::yes;
}

void UnderWay::leave(const std::string& id, bool recorded) {
  std::vector<std::function<void()>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    if (auto node = entered_.extract(id)) waiting = std::move(node.mapped());
    if (recorded) {
      recorded_[id] = ++recorded_count_;
      recorded_order_.emplace_back(recorded_count_, id);
      if (recorded_order_.size() > remembered_max) {
        const auto& [when, oldest] = recorded_order_.front();
        if (const auto found = recorded_.find(oldest); found != recorded_.end() && found->second == when)
          recorded_.erase(found);
        recorded_order_.pop_front();
      }
    }
  }
  for (const auto& again : waiting) again();
}

}  // namespace dmw::sources
