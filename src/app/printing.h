// How the commands print what the API answers: one line an object, as JSON or in words.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace dmw::app {

void print_line(const json::value& value);

/// The member as one word of a row: "-" where there is none.
std::string text_of(const json::object& from, std::string_view key);

/// How long ago the time under `key` is, in its largest whole unit: "2s", "59m", "23h", "400d"; "-" where there is
/// none. The clock of the server may be ahead: never less than "0s".
std::string age_of(const json::object& from, std::string_view key, MicrosUtc now);

/// A count for people: 1,204.
std::string grouped(std::int64_t count);

/// One object of the API, as JSON.
int print_object(const Result<json::value>& answer);

/// A list of the API: an array under `name`, printed one a line, as JSON or by `row`.
int print_list(const Result<json::value>& answer, std::string_view name, bool json,
               const std::function<std::string(const json::object&)>& row);

}  // namespace dmw::app
