// LetterSelection: which dead letters somebody wants to try again or to give up, as the body of a request says it.
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "catalog/dead_letters.h"
#include "http/problem.h"

namespace dmw::api {

struct LetterSelection {
  std::optional<catalog::DeadLetterFilter> filter;  ///< open ones that match now
  std::vector<std::int64_t> numbers{};              ///< or exactly these
  bool dry_run = false;

  /// `{"filter": {"cause", "stage", "source", "study", "since", "until"} | "numbers": […], "dry_run": false}`; other
  /// members are ignored, but not in the filter, where a misspelt one would take too much. Problems: 422.
  static std::expected<LetterSelection, http::Problem> of(const json::object& body);
};

/// The words that causes have, for whoever wrote another one.
inline constexpr std::string_view kCauses =
    "must be the cause of a dead letter, such as not_dicom, corrupted, unsupported, header_too_large, header_too_deep, "
    "not_found, gone";

/// The numbers of an order, which do not change any more. Errors: too_large (over 100,000).
Result<std::vector<std::int64_t>> numbers_of(const LetterSelection& order, catalog::DeadLetters& letters);

}  // namespace dmw::api
