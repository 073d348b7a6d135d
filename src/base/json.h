// JSON of the project. Objects keep the order in which members were added; parse() bounds depth and size.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"

namespace dmw::json {

using boost::json::array;
using boost::json::monotonic_resource;
using boost::json::object;
using boost::json::serialize;
using boost::json::string;
using boost::json::value;

/// RFC 8259 text to a value. Errors: invalid (not JSON, nested deeper than 32, trailing bytes, invalid UTF-8, a number
/// that no double holds).
Result<value> parse(std::string_view text);
/// Whether parse() takes it.
bool is_valid(std::string_view text);

/// The member as a string, number or boolean; nothing when it is absent or of another type.
std::optional<std::string> get_string(const object& from, std::string_view key);
std::optional<std::int64_t> get_int(const object& from, std::string_view key);
std::optional<bool> get_bool(const object& from, std::string_view key);

/// A string, or JSON null for nothing or for an empty string.
value nullable(std::string_view text);

}  // namespace dmw::json
