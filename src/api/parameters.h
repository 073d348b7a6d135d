// Parameters: the query of a request as typed values. All errors are collected and reported together.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/format.h"
#include "http/problem.h"
#include "http/target.h"
#include "model/flags.h"

namespace dmw::api {

inline constexpr std::int64_t kPageMax = 1'000;
inline constexpr std::int64_t kPageDefault = 100;

/// A range of days, ISO 8601. Both ends are included; an empty end is open.
struct Days {
  std::string first;
  std::string last;
};

/// "20260131", "20260101-20260131", "20260101-", "-20260131" (PS3.4 §C.2.2.2.5); nullopt for any other text.
std::optional<Days> parse_days(std::string_view text);
/// RFC 3339 with any fraction and offset, or a day, which begins at 00:00 UTC; nullopt for any other text.
std::optional<MicrosUtc> parse_time(std::string_view text);
/// Only digits, at most 18 of them.
std::optional<std::int64_t> parse_number(std::string_view text);

/// Each function returns its fallback if the parameter is absent, empty or wrong. Must not outlive the query.
class Parameters {
 public:
  Parameters(const http::Query& query, std::initializer_list<std::string_view> known)
      : query_(query), unknown_(query.objection(known)) {}

  std::string text(std::string_view name) const { return std::string(query_.get(name).value_or("")); }
  std::int64_t number(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  std::int64_t cursor() { return number("cursor", 0, 1, std::numeric_limits<std::int64_t>::max()); }
  std::size_t limit() { return static_cast<std::size_t>(number("limit", kPageDefault, 1, kPageMax)); }
  bool boolean(std::string_view name);
  std::optional<MicrosUtc> time(std::string_view name);
  Days days(std::string_view name);
  /// Names of flags, separated by commas.
  Flags flags(std::string_view name);
  /// The element of `values` whose name() equals the parameter.
  template <typename Enum>
  std::optional<Enum> one_of(std::string_view parameter, std::initializer_list<Enum> values) {
    const std::string asked = text(parameter);
    if (asked.empty()) return std::nullopt;
    std::string names;
    for (const Enum value : values) {
      if (name(value) == asked) return value;
      names += format("{}{}", names.empty() ? "" : ", ", name(value));
    }
    wrong(parameter, "must be one of " + names);
    return std::nullopt;
  }

  void wrong(std::string_view name, std::string what);
  /// Adds the error `what` for this parameter, unless `what` is empty.
  void wrong_if(std::string_view name, std::string what) {
    if (!what.empty()) wrong(name, std::move(what));
  }
  /// A 400 with all errors; nullopt if there are none. Call it after all parameters were read.
  std::optional<http::Problem> problem() const;

 private:
  const http::Query& query_;
  std::optional<http::Problem> unknown_;
  std::vector<http::Problem::FieldError> wrong_;
};

}  // namespace dmw::api
