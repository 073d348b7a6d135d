#include "lane/worker.h"

#include <algorithm>
#include <utility>

#include <pthread.h>

#include "base/log.h"

namespace dmw::lane {
namespace {

constexpr std::chrono::milliseconds probe_interval{1'000};
constexpr std::chrono::milliseconds backoff_first{500};
constexpr std::chrono::milliseconds backoff_most{30'000};

}  // namespace

Worker::Worker(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), backoff_(backoff_first, backoff_most) {}

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
  State state = state_;
  if (busy_since_)
    state.busy = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - *busy_since_);
  return state;
}

void Worker::run() {
  const Monotonic::duration rest_most = options_.rest_most;
  ::pthread_setname_np(::pthread_self(), options_.name.substr(0, 15).c_str());
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    nudged_ = false;
    const Monotonic began = clock_.monotonic();
    busy_since_ = began;
    lock.unlock();
    const Wait wait = step();
    const Monotonic ended = clock_.monotonic();
    lock.lock();
    busy_since_.reset();
    if (wait.most == std::chrono::milliseconds(0)) continue;
    clock_.wait_until(changed_, lock, ended + std::min(ended - began, rest_most), [&] { return stopping_; });
    clock_.wait_until(changed_, lock, clock_.monotonic() + wait.most,
                      [&] { return stopping_ || (nudged_ && wait.ends_with_nudge); });
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
    // It was paused already: the probe has succeeded and the pass has failed, because a probe checks less than a pass
    // needs.
    return {was_paused ? probe_interval + backoff_.next() : probe_interval, false};
  }
  if (!passed) {
    fail_pass(passed.error());
    return {backoff_.next(), false};
  }
  resume();
  backoff_.reset();
  return {*passed ? std::chrono::milliseconds(0) : options_.interval, true};
}

void Worker::pause(const Error& why) {
  if (become({.paused = true}, why).paused) return;
  log::debug("lane_paused", why.message(), {{"lane", options_.name}, {"code", name(why.code)}});
}

void Worker::fail_pass(const Error& why) {
  become({.failing = true}, why);
  if (failures_.is_new(why.message()))
    log::error("lane_failed", why.message(), {{"lane", options_.name}, {"code", name(why.code)}});
}

Worker::State Worker::become(State next, const Error& why) {
  next.reason = why.message();
  const std::scoped_lock lock(mutex_);
  next.since = state_.well() ? clock_.now() : state_.since;
  return std::exchange(state_, std::move(next));
}

void Worker::resume() {
  State was;
  {
    const std::scoped_lock lock(mutex_);
    was = std::exchange(state_, {});
  }
  failures_.clear();
  if (was.well()) return;
  log::debug("lane_resumed", "", {{"lane", options_.name}, {"paused_us", clock_.now() - was.since}});
}

}  // namespace dmw::lane
