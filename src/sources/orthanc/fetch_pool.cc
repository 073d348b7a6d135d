#include "sources/orthanc/fetch_pool.h"

#include <algorithm>

#include <pthread.h>

#include "base/format.h"
#include "sources/door.h"

namespace dmw::sources {
namespace {

/// Nobody tells when there is room in the inbox again.
constexpr std::chrono::milliseconds room_check_interval{100};

bool may_be_joined(const Step& step) {
  return !step.alone && (step.kind == Step::Kind::study || step.kind == Step::Kind::series);
}

}  // namespace

FetchPool::FetchPool(FetchFloor& floor)
    : floor_(floor), parallel_max_(std::max<std::size_t>(1, floor.options.connections * 3 / 4)) {}

void FetchPool::start() {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, floor_.options.connections); ++i)
    threads_.emplace_back([this, i] { run(i); });
}

void FetchPool::add(const std::vector<std::shared_ptr<Pull>>& pulls) {
  {
    const std::scoped_lock lock(mutex_);
    pulls_.insert(pulls_.end(), pulls.begin(), pulls.end());
  }
  changed_.notify_all();
}

FetchPool::Load FetchPool::load() {
  const std::scoped_lock lock(mutex_);
  pulls_.remove_if([](const std::shared_ptr<Pull>& pull) { return !pull->left(); });
  Load load{.pulls = pulls_.size()};
  for (const std::shared_ptr<Pull>& pull : pulls_) load.instances += pull->left().value_or(0);
  return load;
}

void FetchPool::wake() {
  {
    const std::scoped_lock lock(mutex_);
  }
  changed_.notify_all();
}

bool FetchPool::inbox_has_room() const {
  return floor_.rooms.inbox.fill() < pull_fill_max;
}

std::vector<Errand> FetchPool::next() {
  std::vector<Errand> errands;
  std::list<std::shared_ptr<Pull>> served;
  for (auto each = pulls_.begin(); each != pulls_.end() && errands.size() < together_max;) {
    const auto pull = each++;
    std::optional<Step::Kind> only;
    if (!errands.empty()) only = errands.front().step.kind;
    std::optional<Step> step = (*pull)->take(parallel_max_, only);
    if (!step) continue;
    errands.push_back({*pull, std::move(*step)});
    served.splice(served.end(), pulls_, pull);
    if (!floor_.bulk_form.usable() || !may_be_joined(errands.front().step)) break;
  }
  pulls_.splice(pulls_.end(), served);
  return errands;
}

void FetchPool::run(std::size_t number) {
  ::pthread_setname_np(::pthread_self(), format("fetch-{}", number).c_str());
  Fetcher fetcher(floor_);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!inbox_has_room()) {
      changed_.wait_for(lock, room_check_interval);
      continue;
    }
    if (const Throttle::Turn turn = floor_.throttle.turn(number); turn.wait > std::chrono::milliseconds(0)) {
      if (turn.idle) fetcher.hang_up();
      changed_.wait_for(lock, turn.wait);
      continue;
    }
    std::vector<Errand> errands = next();
    if (errands.empty()) {
      changed_.wait(lock);
      continue;
    }
    ++busy_;
    lock.unlock();
    fetcher.run(errands);
    const bool more_for_others = errands.front().step.kind != Step::Kind::fetch;
    const bool through = std::ranges::any_of(errands, [](const Errand& errand) { return !errand.pull->left(); });
    errands.clear();
    if (through) floor_.ended->nudge();
    lock.lock();
    --busy_;
    if (more_for_others || stopping_) changed_.notify_all();
  }
}

bool FetchPool::drain(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [&] { return busy_ == 0; });
}

void FetchPool::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace dmw::sources
