#include "http/silence.h"

#include "base/format.h"
#include "base/result.h"
#include "base/words.h"

namespace dmw::http {

std::string silent_for(std::string_view peer, std::chrono::milliseconds time) {
  return format("{} has accepted the connection and has not answered for {}", peer,
                in_words(std::chrono::floor<std::chrono::seconds>(time)));
}

void Silence::begin(Monotonic now) {
  const std::scoped_lock lock(mutex_);
  if (waiting_++ == 0 && !given_up_) quiet_since_ = now;
}

void Silence::hear(Monotonic now) {
  const std::scoped_lock lock(mutex_);
  given_up_ = false;
  quiet_since_ = now;
}

void Silence::end() {
  const std::scoped_lock lock(mutex_);
  ASSERT(waiting_ > 0);
  --waiting_;
}

void Silence::give_up(Monotonic last) {
  const std::scoped_lock lock(mutex_);
  ASSERT(waiting_ > 0);
  --waiting_;
  if (quiet_since_ <= last) given_up_ = true;
}

void Silence::forget() {
  const std::scoped_lock lock(mutex_);
  given_up_ = false;
}

std::optional<std::chrono::milliseconds> Silence::lasting(Monotonic now) const {
  const std::scoped_lock lock(mutex_);
  if (waiting_ == 0 && !given_up_) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - quiet_since_);
}

}  // namespace dmw::http
