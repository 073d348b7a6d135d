#include "sources/orthanc/throttle.h"

#include <algorithm>
#include <condition_variable>

#include "base/format.h"
#include "base/log.h"
#include "base/words.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double decrease = 0.7;
/// Increase of the rate per second. It is faster after some seconds without a refusal, because the limit is then far
/// away.
constexpr double increase = 0.1;
constexpr double increase_far = 0.5;
constexpr seconds far_after{5};
constexpr double per_second_least = 0.1;
constexpr double per_second_most = 100'000;
/// Many limits count per second, so further refusals in the same second have no new information.
constexpr seconds cut_interval{1};
constexpr milliseconds idle_wait{250};
constexpr seconds forgotten_after{60};
constexpr seconds silent_after{5};
constexpr int silent_refusals = 5;
constexpr std::size_t last_answers_most = 10'000;

double in_seconds(Monotonic::duration time) {
  return std::chrono::duration<double>(time).count();
}
milliseconds wait_until(Monotonic then, Monotonic now) {
  return std::max(std::chrono::ceil<milliseconds>(then - now), milliseconds(1));
}

}  // namespace

Throttle::Throttle(const Clock& clock, std::size_t fetchers, std::string source)
    : clock_(clock),
      fetchers_(static_cast<double>(std::max<std::size_t>(1, fetchers))),
      source_(std::move(source)),
      at_once_(fetchers_),
      answered_at_(clock.monotonic()) {}

Throttle::Turn Throttle::turn(std::size_t fetcher) {
  if (!limited_) return {};
  const std::scoped_lock lock(mutex_);
  const Monotonic now = clock_.monotonic();
  forget_limit(now);
  if (!limited_) return {};
  if (fetcher >= static_cast<std::size_t>(at_once_)) return {.wait = idle_wait, .idle = true};
  if (now < closed_until_) return {.wait = wait_until(closed_until_, now)};
  if (now < next_at_) return {.wait = wait_until(next_at_, now)};
  next_at_ = now + std::chrono::duration_cast<Monotonic::duration>(std::chrono::duration<double>(1 / per_second_));
  return {};
}

bool Throttle::await_turn(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  for (;;) {
    const milliseconds wait = turn(0).wait;
    if (wait == milliseconds(0)) return !stop.stop_requested();
    never.wait_for(lock, stop, wait, [] { return false; });
    if (stop.stop_requested()) return false;
  }
}

void Throttle::refused(Monotonic began, const Refused& why) {
  const std::scoped_lock lock(mutex_);
  const Monotonic now = clock_.monotonic();
  ++refused_in_a_row_;
  refused_at_ = now;
  why_ = why;
  if (why.retry_after)
    closed_until_ = std::max(closed_until_, now + std::min<milliseconds>(*why.retry_after, pause_most));
  if (!limited_.exchange(true)) {
    since_ = clock_.now();
    per_second_ = std::max(1.0, recent(now));
    log::warning("orthanc_limited", format("{}: {}: sending fewer and slower requests", source_, why.by),
                 {{"source", source_}});
  } else if (began <= cut_at_ || now - cut_at_ < cut_interval) {
    return;
  }
  cut(now);
}

void Throttle::cut(Monotonic now) {
  cut_at_ = grown_at_ = now;
  at_once_ = std::max(1.0, at_once_ * decrease);
  per_second_ = std::max(per_second_least, per_second_ * decrease);
  next_at_ = now + std::chrono::duration_cast<Monotonic::duration>(std::chrono::duration<double>(1 / per_second_));
}

void Throttle::answered() {
  const std::scoped_lock lock(mutex_);
  const Monotonic now = clock_.monotonic();
  refused_in_a_row_ = 0;
  answered_at_ = now;
  last_answers_.push_back(now);
  while (now - last_answers_.front() > seconds(1) || last_answers_.size() > last_answers_most)
    last_answers_.pop_front();
  if (!limited_) return;
  grow(now);
  forget_limit(now);
}

void Throttle::grow(Monotonic now) {
  const double since = std::min(1.0, in_seconds(now - grown_at_));
  grown_at_ = now;
  const double by = now - cut_at_ < far_after ? increase : increase_far;
  per_second_ = std::min(per_second_most, per_second_ * (1 + by * since));
  at_once_ = std::min(fetchers_, at_once_ + 1 / at_once_);
}

bool Throttle::is_over(Monotonic now) const {
  return now >= std::max(refused_at_, closed_until_) + forgotten_after;
}

void Throttle::forget_limit(Monotonic now) {
  if (!is_over(now)) return;
  limited_ = false;
  at_once_ = fetchers_;
  log::info("orthanc_limit_over", source_ + ": no request was refused for a minute", {{"source", source_}});
}

double Throttle::recent(Monotonic now) const {
  return static_cast<double>(
      std::ranges::count_if(last_answers_, [&](Monotonic when) { return now - when <= seconds(1); }));
}

bool Throttle::closed() const {
  if (!limited_) return false;
  const std::scoped_lock lock(mutex_);
  return clock_.monotonic() < closed_until_;
}

bool Throttle::silent() const {
  const std::scoped_lock lock(mutex_);
  return refused_in_a_row_ >= silent_refusals && clock_.monotonic() - answered_at_ >= silent_after;
}

std::optional<Throttle::Limit> Throttle::limit() const {
  if (!limited_) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const Monotonic now = clock_.monotonic();
  if (is_over(now)) return std::nullopt;
  Limit limit{.since = since_, .reason = {}};
  limit.reason = why_.whose == Whose::source ? "limited by the source" : "limited by this process";
  limit.reason += format(" ({}): {:.1f} requests per second, {} at the same time", why_.by, per_second_,
                         static_cast<std::size_t>(at_once_));
  if (now >= closed_until_) return limit;
  const auto left = std::chrono::ceil<seconds>(closed_until_ - now);
  const milliseconds asked = why_.retry_after.value_or(milliseconds(0));
  limit.reason += asked > pause_most ? format("; it asks for a pause of {}: retry in {}",
                                              in_words(std::chrono::ceil<seconds>(asked)), in_words(left))
                                     : format("; it asks for a pause: {} more", in_words(left));
  return limit;
}

}  // namespace dmw::sources
