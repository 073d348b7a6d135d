// JSON. Objects keep the order of their members; parse() limits depth and size.
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

/// Parses RFC 8259 text. Errors: invalid (not JSON, nested deeper than 32, trailing bytes, invalid UTF-8, a number
/// outside the range of double).
Result<value> parse(std::string_view text);
/// True if parse() would succeed.
bool is_valid(std::string_view text);

/// The member as a string, number or boolean; nothing if it is absent or has another type.
std::optional<std::string> get_string(const object& from, std::string_view key);
std::optional<std::int64_t> get_int(const object& from, std::string_view key);
std::optional<bool> get_bool(const object& from, std::string_view key);

/// A string; JSON null if it is absent or empty.
value nullable(std::string_view text);

}  // namespace dmw::json
