#include "sources/upload/file_response.h"

#include <algorithm>

#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "http/problem.h"

namespace dmw::sources {
namespace {

constexpr std::string_view outcome_unknown = "it could not be processed: see its dead letter";

std::string reason_of(const StoreResult& result) {
  if (!result.kept()) return result.words;
  if (result.outcome != Outcome::set_aside) return "";
  return result.words.empty() ? std::string(outcome_unknown) : result.words;
}

json::object to_json(const StoreResult& result) {
  json::object told;
  told["name"] = json::nullable(result.name);
  told["outcome"] = result.kept() ? name(result.outcome.value_or(Outcome::kept)) : "refused";
  told["study_instance_uid"] = json::nullable(result.study_uid);
  told["sop_class_uid"] = json::nullable(result.sop_class);
  told["sop_instance_uid"] = json::nullable(result.sop_uid);
  told["reason"] = json::nullable(reason_of(result));
  return told;
}

/// The numbers of outcomes, for a caller that waited for them.
void add_counts(json::object& body, const std::deque<StoreResult>& results) {
  for (const Outcome outcome : {Outcome::added, Outcome::same, Outcome::set_aside})
    body[name(outcome)] = std::ranges::count(results, std::optional(outcome), &StoreResult::outcome);
}

/// The status if all are kept; 200 if all outcomes are known.
int status_of(const std::deque<StoreResult>& results) {
  const bool known = std::ranges::all_of(
      results, [](const StoreResult& result) { return result.outcome && result.outcome != Outcome::kept; });
  return known ? 200 : 202;
}

http::Answer refusal(const http::Request& request, const std::deque<StoreResult>& results) {
  const bool one = results.size() == 1 && results.front().name.empty();
  http::Problem problem =
      http::Problem::of(422, one ? results.front().words : format("none of the {} files was kept", results.size()));
  for (std::size_t i = 0; i < std::min(results.size(), told_max) && !one; ++i)
    problem.error(results[i].name, results[i].words);
  return http::Answer::text(422, "application/problem+json", problem.body(request.correlation, SystemClock().now()));
}

}  // namespace

http::Answer file_response(const http::Request& request, const std::deque<StoreResult>& results) {
  const auto kept = std::ranges::count_if(results, &StoreResult::kept);
  if (kept == 0) return refusal(request, results);
  const auto refused = static_cast<std::ptrdiff_t>(results.size()) - kept;
  json::array told;
  for (std::size_t i = 0; i < std::min(results.size(), told_max); ++i) told.push_back(to_json(results[i]));
  json::object body;
  body["correlation_id"] = request.correlation.text();
  body["kept"] = kept;
  body["refused"] = refused;
  if (std::ranges::any_of(results, [](const StoreResult& result) { return result.outcome.has_value(); }))
    add_counts(body, results);
  body["results"] = std::move(told);
  body["results_truncated"] = results.size() > told_max;
  return http::Answer::json(refused == 0 ? status_of(results) : 207, json::serialize(body));
}

}  // namespace dmw::sources
