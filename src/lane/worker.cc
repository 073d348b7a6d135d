#include "lane/worker.h"

#include <utility>

#include <pthread.h>

#include "base/log.h"

namespace dmw::lane {
namespace {

constexpr std::chrono::milliseconds probe_interval{1'000};
constexpr std::chrono::milliseconds backoff_first{500};
constexpr std::chrono::milliseconds backoff_most{30'000};

}  // namespace

Worker::Worker(Options options) : options_(std::move(options)), backoff_(backoff_first, backoff_most) {}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  ASSERT(!thread_.joinable() && !stopping_);
  thread_ = std::thread([this] { run(); });
}

void Worker::nudge() {
  const std::scoped_lock lock(mutex_);
  nudged_ = true;
  changed_.notify_all();
}

void Worker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Worker::State Worker::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

void Worker::run() {
  ::pthread_setname_np(::pthread_self(), options_.name.substr(0, 15).c_str());
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    nudged_ = false;
    lock.unlock();
    const Wait wait = step();
    lock.lock();
    changed_.wait_for(lock, wait.most, [&] { return stopping_ || (nudged_ && wait.ends_with_nudge); });
  }
}

Worker::Wait Worker::step() {
  const bool was_paused = state().paused;
  if (was_paused && options_.probe) {
    if (const Result<> probed = options_.probe(); !probed) {
      pause(probed.error());
      return {probe_interval, false};
    }
  }
  const Result<bool> passed = options_.pass();
  if (!passed && passed.error().transient()) {
    pause(passed.error());
    // Paused before: a probe sees less than a pass needs.
    return {was_paused ? probe_interval + backoff_.next() : probe_interval, false};
  }
  resume();
  if (passed) {
    backoff_.reset();
    return {*passed ? std::chrono::milliseconds(0) : options_.interval, true};
  }
  log::error("lane_failed", passed.error().message(), {{"lane", options_.name}, {"code", name(passed.error().code)}});
  return {backoff_.next(), false};
}

void Worker::pause(const Error& why) {
  bool again = false;
  {
    const std::scoped_lock lock(mutex_);
    again = std::exchange(state_.paused, true);
    if (!again) state_.since = SystemClock().now();
    state_.reason = why.message();
  }
  if (!again) log::warning("lane_paused", why.message(), {{"lane", options_.name}, {"code", name(why.code)}});
}

void Worker::resume() {
  State was;
  {
    const std::scoped_lock lock(mutex_);
    was = std::exchange(state_, {});
  }
  if (!was.paused) return;
  log::info("lane_resumed", "", {{"lane", options_.name}, {"paused_us", SystemClock().now() - was.since}});
}

}  // namespace dmw::lane
