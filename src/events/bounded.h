// Text and lists that cannot outgrow a body. Where something is cut, the cut is the same each time.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dmw::events {

/// The longest text a body takes from a dataset or a peer: JSON may need 6 bytes for each of these.
constexpr std::size_t text_bytes_max = 512;

/// The beginning of valid UTF-8, cut on a character boundary.
std::string_view clip(std::string_view text, std::size_t bytes_max = text_bytes_max);

/// A JSON string, or null for nothing.
json::value text_or_null(std::string_view text);

/// Each text once, in rising order; ends before the JSON of the list would pass `bytes_max`.
json::array distinct(std::vector<std::string_view> texts, std::size_t bytes_max);

/// Adds to `list` and returns true, unless its JSON would pass `bytes_max`; `bytes` counts what it has.
bool add_within(json::array& list, std::size_t& bytes, json::value entry, std::size_t bytes_max);

}  // namespace dmw::events
