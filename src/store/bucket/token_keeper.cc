#include "store/bucket/token_keeper.h"

#include <algorithm>
#include <stop_token>
#include <utility>

namespace dmw::store::bucket {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds renewed_before_end_most{300};
/// A moment that does not come.
constexpr std::chrono::hours idle{24 * 365};

}  // namespace

TokenKeeper::TokenKeeper(TokenSource source, const Clock& clock)
    : source_(std::move(source)),
      clock_(clock),
      backoff_(wait_first, wait_longest),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

TokenKeeper::~TokenKeeper() {
  {
    const std::scoped_lock lock(mutex_);
    thread_.request_stop();
    changed_.notify_all();
  }
  thread_.join();
}

bool TokenKeeper::has_token() const {
  return held_ && clock_.monotonic() < held_->ends_at;
}

Result<Private<std::string>> TokenKeeper::get() {
  std::unique_lock lock(mutex_);
  const std::int64_t seen = fetches_;
  while (!has_token()) {
    wanted_ = true;
    changed_.notify_all();
    const bool is_put_off = clock_.monotonic() < not_before_;
    if (error_ && (fetches_ > seen || is_put_off)) return std::unexpected(*error_);
    changed_.wait(lock);
  }
  return held_->text;
}

void TokenKeeper::reject(const Private<std::string>& refused) {
  const std::scoped_lock lock(mutex_);
  if (!held_ || held_->text != refused) return;  // another one was fetched since
  held_.reset();
  wanted_ = true;
  changed_.notify_all();
}

std::optional<Monotonic> TokenKeeper::due() const {
  if (held_) return std::max(held_->renew_at, not_before_);
  if (wanted_) return not_before_;
  return std::nullopt;
}

void TokenKeeper::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const std::optional<Monotonic> next = due();
    if (!next || clock_.monotonic() < *next) {
      clock_.wait(changed_, lock, next.value_or(clock_.monotonic() + idle));
      continue;
    }
    const Monotonic asked_at = clock_.monotonic();
    lock.unlock();
    Result<Token> fetched = source_();
    lock.lock();
    take(std::move(fetched), asked_at);
    changed_.notify_all();
  }
}

void TokenKeeper::take(Result<Token> fetched, Monotonic asked_at) {
  ++fetches_;
  if (!fetched) {
    error_ = std::move(fetched.error());
    not_before_ = clock_.monotonic() + backoff_.next();
    wanted_ = false;
    return;
  }
  error_.reset();
  backoff_.reset();
  wanted_ = false;
  not_before_ = asked_at;
  const Monotonic ends_at = asked_at + fetched->lasts;
  const auto early = std::min<std::chrono::seconds>(renewed_before_end_most, fetched->lasts / 2);
  held_ = Held{std::move(fetched->text), ends_at - early, ends_at};
}

}  // namespace dmw::store::bucket
