// LetterSelection: the dead letters that a request wants to replay or discard, parsed from its body.
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
  /// members are ignored. Inside the filter an unknown member is an error, because a misspelt one would select too
  /// many. Problems: 422.
  static std::expected<LetterSelection, http::Problem> of(const json::object& body);
};

/// The list of causes, for the error about an unknown one.
inline constexpr std::string_view kCauses =
    "must be the cause of a dead letter, such as not_dicom, corrupted, unsupported, header_too_large, header_too_deep, "
    "not_found, gone";

/// The numbers of the selected dead letters at this moment. Errors: too_large (over 100,000), and those of the catalog.
Result<std::vector<std::int64_t>> numbers_of(const LetterSelection& order, catalog::DeadLetters& letters);

}  // namespace dmw::api
