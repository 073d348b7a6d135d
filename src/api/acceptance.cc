#include "api/acceptance.h"

#include <algorithm>

#include "api/parameters.h"
#include "api/reply.h"

namespace dmw::api {
namespace {

constexpr std::int64_t kWaitMaxSeconds = 300;

void take(Preference& preference, std::string_view one) {
  one = http::trimmed(one.substr(0, one.find(';')));
  const auto equals = one.find('=');
  const std::string_view name = http::trimmed(one.substr(0, equals));
  if (http::equal_ignoring_case(name, "respond-async")) preference.respond_async = true;
  if (!http::equal_ignoring_case(name, "wait") || equals == one.npos || preference.wait) return;
  std::string_view value = http::trimmed(one.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  if (const auto seconds = parse_number(value)) {
    preference.wait = std::chrono::seconds(std::min(*seconds, kWaitMaxSeconds));
  }
}

}  // namespace

Preference Preference::of(const http::Headers& headers) {
  Preference preference;
  for (const auto& [name, value] : headers) {
    if (!http::equal_ignoring_case(name, "Prefer")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = rest.find(',');
      take(preference, rest.substr(0, comma));
      rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return preference;
}

std::string Preference::applied() const {
  std::string text = respond_async ? "respond-async" : "";
  if (wait) text += format("{}wait={}", text.empty() ? "" : ", ", wait->count());
  return text;
}

http::Answer Acceptance::accepted() const {
  http::Answer answer = json_answer(
      202, {{"status", "accepted"}, {"correlation_id", correlation_id.text()}, {"request_id", request_id.text()}});
  answer.headers.add("Location", "/api/v1/ingestion/requests/" + request_id.text());
  if (std::string applied = preference.applied(); !applied.empty()) {
    answer.headers.add("Preference-Applied", std::move(applied));
  }
  return answer;
}

http::Answer Acceptance::published(const std::vector<std::string>& study_uids) const {
  http::Answer answer = json_answer(200, {{"status", "published"},
                                          {"correlation_id", correlation_id.text()},
                                          {"request_id", request_id.text()},
                                          {"study_instance_uids", json::array(study_uids.begin(), study_uids.end())}});
  if (preference.wait) answer.headers.add("Preference-Applied", format("wait={}", preference.wait->count()));
  return answer;
}

http::Problem Acceptance::failed(const std::string& why) const {
  http::Problem problem = http::Problem::of(502, why.empty() ? "the source could not give this study" : why);
  problem.header("Link", format("</api/v1/ingestion/requests/{}>; rel=\"about\"", request_id.text()));
  return problem;
}

}  // namespace dmw::api
