#include "base/crash_point.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <unistd.h>

namespace dmw {
namespace {

/// What one of the variables asks for.
class Plan {
 public:
  explicit Plan(const char* variable) {
    const char* value = std::getenv(variable);
    if (value == nullptr) return;
    std::string_view rest(value);
    point_ = next_word(rest);
    passages_left_ = number(next_word(rest), 1);
    milliseconds_ = number(next_word(rest), 0);
  }

  bool names(std::string_view point) const { return !point_.empty() && point_ == point; }
  /// How many passages are left before the n-th: 0 at the n-th, below 0 after it.
  long pass() { return --passages_left_; }
  std::chrono::milliseconds delay() const { return std::chrono::milliseconds(milliseconds_); }

 private:
  static std::string_view next_word(std::string_view& rest) {
    const std::string_view word = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return word;
  }
  static long number(std::string_view word, long otherwise) {
    std::from_chars(word.data(), word.data() + word.size(), otherwise);
    return otherwise;
  }

  std::string point_;
  std::atomic<long> passages_left_ = 0;
  long milliseconds_ = 0;
};

struct Plans {
  Plan kill{"DMW_CRASH_AT"};
  Plan freeze{"DMW_FREEZE_AT"};
  Plan delay{"DMW_DELAY_AT"};
};

}  // namespace

void crash_point(std::string_view point) {
  static Plans plans;
  if (plans.kill.names(point) && plans.kill.pass() == 0) std::raise(SIGKILL);
  if (plans.freeze.names(point) && plans.freeze.pass() == 0) ::kill(::getpid(), SIGSTOP);
  if (plans.delay.names(point) && plans.delay.pass() <= 0) std::this_thread::sleep_for(plans.delay.delay());
}

}  // namespace dmw
