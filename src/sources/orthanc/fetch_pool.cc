#include "sources/orthanc/fetch_pool.h"

#include <algorithm>

#include <pthread.h>

#include "base/format.h"
#include "sources/door.h"

namespace dmw::sources {
namespace {

/// The free space of the inbox is polled.
constexpr std::chrono::milliseconds room_check_interval{100};

}  // namespace

FetchPool::FetchPool(FetchFloor& floor)
    : floor_(floor), parallel_max_(std::max<std::size_t>(1, floor.options.connections * 3 / 4)) {}

void FetchPool::start() {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, floor_.options.connections); ++i)
    threads_.emplace_back([this, i] { run(i); });
}

void FetchPool::wake() {
  {
    const std::scoped_lock lock(mutex_);
  }
  changed_.notify_all();
}

bool FetchPool::inbox_has_room() const {
  return floor_.rooms.inbox.has_room_to_pull();
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
    std::vector<Errand> errands = floor_.under_way->next(parallel_max_, floor_.bulk_form.usable());
    if (errands.empty()) {
      changed_.wait(lock);
      continue;
    }
    ++busy_;
    lock.unlock();
    fetcher.run(errands);
    const bool more_for_others = errands.front().step.kind != Step::Kind::fetch;
    errands.clear();
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
