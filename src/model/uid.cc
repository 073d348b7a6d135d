#include "model/uid.h"

namespace dmw {

bool is_plain_uid(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  bool digit_before = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c != '.' || !digit_before)) return false;
    digit_before = digit;
  }
  return digit_before;
}

}  // namespace dmw
