// Texts and lists with limits, so that a body cannot become too large. The same input is always cut in the same way.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dmw::events {

/// The longest text that a body takes from a dataset or a peer. JSON may need 6 bytes for each of these bytes.
constexpr std::size_t text_bytes_max = 512;

/// The beginning of `text`, which is valid UTF-8, cut on a character boundary.
std::string_view clip(std::string_view text, std::size_t bytes_max = text_bytes_max);

/// A JSON string, or null for an empty text.
json::value text_or_null(std::string_view text);

/// The distinct texts in ascending order, as many as fit into `bytes_max` of JSON.
json::array distinct(std::vector<std::string_view> texts, std::size_t bytes_max);

/// Adds `entry` to `list` and its size to `bytes`, and returns true; returns false if the JSON would exceed
/// `bytes_max`.
bool add_within(json::array& list, std::size_t& bytes, json::value entry, std::size_t bytes_max);

}  // namespace dmw::events
