#include "http/preference.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/format.h"

namespace dmw::http {
namespace {

constexpr std::int64_t wait_max_seconds = 300;
constexpr std::size_t wait_digits_max = 18;

std::optional<std::int64_t> seconds_of(std::string_view text) {
  if (text.empty() || text.size() > wait_digits_max) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

void take_preference(Preference& preference, std::string_view one) {
  one = trimmed(one.substr(0, one.find(';')));
  const auto equals = one.find('=');
  const std::string_view name = trimmed(one.substr(0, equals));
  if (equal_ignoring_case(name, "respond-async")) preference.respond_async = true;
  if (!equal_ignoring_case(name, "wait") || equals == one.npos || preference.wait) return;
  std::string_view value = trimmed(one.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  if (const auto seconds = seconds_of(value)) {
    preference.wait = std::chrono::seconds(std::min(*seconds, wait_max_seconds));
  }
}

}  // namespace

Preference Preference::of(const Headers& headers) {
  Preference preference;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "Prefer")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = rest.find(',');
      take_preference(preference, rest.substr(0, comma));
      rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return preference;
}

std::string Preference::applied() const {
  std::string text = respond_async ? "respond-async" : "";
  if (wait) text += format("{}wait={}", text.empty() ? "" : ", ", wait->count());
  return text;
}

}  // namespace dmw::http
