// ReplayOrder: which dead letters somebody wants to try again, as the body of a request says it.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "base/json.h"
#include "catalog/dead_letters.h"
#include "http/problem.h"

namespace dmw::api {

struct ReplayOrder {
  std::optional<catalog::DeadLetterFilter> filter;  ///< open ones that match now
  std::vector<std::int64_t> numbers{};              ///< or exactly these
  bool dry_run = false;

  /// `{"filter": {"cause", "stage", "source"} | "numbers": […], "dry_run": false}`; other members are ignored, but not
  /// in the filter, where a misspelt one would replay too much. Problems: 422.
  static std::expected<ReplayOrder, http::Problem> of(const json::object& body);
};

/// The numbers of an order, which do not change any more. Errors: too_large (over 100,000).
Result<std::vector<std::int64_t>> numbers_of(const ReplayOrder& order, catalog::DeadLetters& letters);

}  // namespace dmw::api
