#include "sources/stow/file_response.h"

#include <algorithm>

#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "http/problem.h"

namespace dmw::sources {
namespace {

constexpr std::size_t told_max = 10'000;

json::object to_json(const StoreResult& result) {
  json::object told;
  told["name"] = json::nullable(result.name);
  told["outcome"] = result.kept() ? "kept" : "refused";
  told["study_instance_uid"] = json::nullable(result.study_uid);
  told["sop_class_uid"] = json::nullable(result.sop_class);
  told["sop_instance_uid"] = json::nullable(result.sop_uid);
  told["reason"] = json::nullable(result.words);
  return told;
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
  body["results"] = std::move(told);
  body["results_truncated"] = results.size() > told_max;
  return http::Answer::json(refused == 0 ? 202 : 207, json::serialize(body));
}

}  // namespace dmw::sources
