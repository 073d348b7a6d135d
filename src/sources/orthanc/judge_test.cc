#include "sources/orthanc/judge.h"

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

Sign of_status(int status, bool retry_after = false) {
  http::Response response;
  response.status = status;
  OrthancRefusal refusal{.status = status};
  if (retry_after) refusal.retry_after = std::chrono::seconds(1);
  return sign_of(http::expect_success(response).error(), refusal, false);
}

TEST(Judge, NoStatusAloneIsForGood) {
  for (const int status : {429, 503}) EXPECT_EQ(of_status(status), Sign::limited) << status;
  for (const int status : {500, 502, 504}) EXPECT_EQ(of_status(status, true), Sign::limited) << status;
  EXPECT_EQ(of_status(404), Sign::missing);
  for (const int status :
       {301, 400, 401, 403, 405, 406, 408, 409, 410, 412, 413, 415, 418, 422, 423, 425, 451, 500, 502, 504, 507, 599})
    EXPECT_EQ(of_status(status), Sign::unclear) << status;
}

TEST(Judge, WithoutAnAnswerItDependsOnOurDescriptors) {
  const Error away{Errc::unavailable, "no connection", {}};
  EXPECT_EQ(sign_of(away, std::nullopt, false), Sign::unclear);
  EXPECT_EQ(sign_of(away, std::nullopt, true), Sign::limited);
  EXPECT_EQ(sign_of({Errc::cancelled, "", {}}, std::nullopt, true), Sign::cancelled);
  EXPECT_EQ(sign_of({Errc::corrupted, "", {}}, std::nullopt, false), Sign::unclear);
}

}  // namespace
}  // namespace dmw::sources
