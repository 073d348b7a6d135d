#include "sources/orthanc/fetch_pool.h"

#include <algorithm>

#include <pthread.h>

#include "base/format.h"
#include "sources/door.h"

namespace dmw::sources {
namespace {

/// Nobody tells when there is room in the inbox again.
constexpr std::chrono::milliseconds room_check_interval{100};

}  // namespace

FetchPool::FetchPool(FetchFloor& floor)
    : floor_(floor), parallel_max_(std::max<std::size_t>(1, floor.options.connections * 3 / 4)) {}

void FetchPool::start() {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, floor_.options.connections); ++i)
    threads_.emplace_back([this, i] { run(i); });
}

void FetchPool::add(std::shared_ptr<Pull> pull) {
  {
    const std::scoped_lock lock(mutex_);
    pulls_.push_back(std::move(pull));
  }
  changed_.notify_all();
}

std::size_t FetchPool::fetching() {
  const std::scoped_lock lock(mutex_);
  pulls_.remove_if([](const std::shared_ptr<Pull>& pull) { return pull->fetched(); });
  return pulls_.size();
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

std::optional<FetchPool::Job> FetchPool::next() {
  for (auto pull = pulls_.begin(); pull != pulls_.end(); ++pull) {
    std::optional<Step> step = (*pull)->take(parallel_max_);
    if (!step) continue;
    pulls_.splice(pulls_.end(), pulls_, pull);
    return Job{pulls_.back(), std::move(*step)};
  }
  return std::nullopt;
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
    std::optional<Job> job = next();
    if (!job) {
      changed_.wait(lock);
      continue;
    }
    ++busy_;
    lock.unlock();
    fetcher.run(job->first, job->second);
    const bool more_for_others = job->second.kind != Step::Kind::fetch;
    const bool through = job->first->fetched();
    job.reset();
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
