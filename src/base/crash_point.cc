#include "base/crash_point.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

namespace dmw {
namespace {

struct Plan {
  std::string point;
  std::atomic<long> passages_left = 0;

  Plan() {
    const char* variable = std::getenv("DMW_CRASH_AT");
    if (variable == nullptr) return;
    const std::string_view text(variable);
    const std::size_t colon = text.find(':');
    long passages = 1;
    if (colon != std::string_view::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), passages);
    point = text.substr(0, colon);
    passages_left = passages;
  }
};

}  // namespace

void crash_point(std::string_view point) {
  static Plan plan;
  if (plan.point.empty() || plan.point != point) return;
  if (--plan.passages_left == 0) std::raise(SIGKILL);
}

}  // namespace dmw
