#include "api/acceptance.h"

#include "api/reply.h"
#include "base/format.h"

namespace dmw::api {

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
  http::Problem problem = http::Problem::of(502, why.empty() ? "the source could not deliver this study" : why);
  problem.header("Link", format("</api/v1/ingestion/requests/{}>; rel=\"about\"", request_id.text()));
  return problem;
}

}  // namespace dmw::api
