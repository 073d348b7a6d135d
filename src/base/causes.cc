#include "base/causes.h"

#include <algorithm>

namespace dmw {
namespace {

/// A peer that says something else each time fills no log.
constexpr std::size_t causes_most = 8;

bool has_digit(std::string_view word) {
  return std::ranges::any_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string cause_in(std::string_view reason) {
  reason = reason.substr(0, reason.find(", during "));
  std::string cause;
  std::string_view before;
  while (!reason.empty()) {
    const std::string_view word = reason.substr(0, reason.find(' '));
    const bool is_status = before == "answered" || before == "HTTP";
    if (is_status || !has_digit(word)) cause.append(word).append(" ");
    before = word;
    reason.remove_prefix(std::min(reason.size(), word.size() + 1));
  }
  return cause;
}

bool Causes::is_new(std::string_view reason) {
  return told_.size() < causes_most && told_.insert(cause_in(reason)).second;
}

}  // namespace dmw
