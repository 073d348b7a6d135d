#include "api/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "http/headers.h"

namespace dmw::api {

namespace {

/// Any number of digits. A number beyond the end of every file is still a valid position (RFC 9110 §14.1.2).
std::optional<std::uint64_t> position(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  return error == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max() : value;
}

}  // namespace

RangeAsked RangeAsked::of(std::optional<std::string_view> field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  const RangeAsked whole{Kind::whole, 0, size};
  if (!field || field->size() < unit.size() || !http::equal_ignoring_case(field->substr(0, unit.size()), unit)) {
    return whole;
  }
  const std::string_view spec = http::trimmed(field->substr(unit.size()));
  const auto dash = spec.find('-');
  if (dash == spec.npos) return whole;
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  const auto first = position(first_text);
  const auto last = position(last_text);
  if ((!first_text.empty() && !first) || (!last_text.empty() && !last) || (!first && !last)) return whole;
  const RangeAsked none{Kind::unsatisfiable, 0, 0};
  if (!first) {
    const std::uint64_t length = std::min(*last, size);
    return length == 0 ? none : RangeAsked{Kind::part, size - length, length};
  }
  if (last && *last < *first) return whole;
  if (*first >= size) return none;
  const std::uint64_t end = last && *last < size ? *last + 1 : size;
  return {Kind::part, *first, end - *first};
}

}  // namespace dmw::api
