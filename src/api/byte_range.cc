#include "api/byte_range.h"

#include <algorithm>

#include "api/parameters.h"
#include "http/headers.h"

namespace dmw::api {

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
  const auto first = parse_number(first_text);
  const auto last = parse_number(last_text);
  if ((!first_text.empty() && !first) || (!last_text.empty() && !last) || (!first && !last)) return whole;
  const RangeAsked none{Kind::unsatisfiable, 0, 0};
  if (!first) {
    const std::uint64_t length = std::min(static_cast<std::uint64_t>(*last), size);
    return length == 0 ? none : RangeAsked{Kind::part, size - length, length};
  }
  if (last && *last < *first) return whole;
  const auto begin = static_cast<std::uint64_t>(*first);
  if (begin >= size) return none;
  const std::uint64_t end = last ? std::min(static_cast<std::uint64_t>(*last) + 1, size) : size;
  return {Kind::part, begin, end - begin};
}

}  // namespace dmw::api
