#include "store/gcs/credentials.h"

#include <gmock/gmock.h>

#include "base/format.h"
#include "store/gcs/test_gcs.h"

namespace dmw::store::gcs {
namespace {

using testing::HasSubstr;

std::string complaint(const std::string& text) {
  const auto parsed = parse_credentials(text);
  return parsed ? "" : parsed.error().what;
}

TEST(GcsCredentials, SayWhatIsWrongWithAFile) {
  EXPECT_THAT(complaint("no JSON"), HasSubstr("not a JSON object"));
  EXPECT_THAT(complaint(R"({"type":"gdch_service_account"})"), HasSubstr("not service_account, authorized_user or"));
  EXPECT_THAT(complaint(R"({"type":"external_account","credential_source":{"url":"http://x"}})"), HasSubstr("no file"));
  EXPECT_THAT(complaint(R"({"type":"external_account","audience":"a","subject_token_type":"t",)"
                        R"("token_url":"http://sts.example.org/","credential_source":{"file":"/token"}})"),
              HasSubstr("token_url"));
  EXPECT_THAT(complaint(R"({"type":"service_account"})"), HasSubstr("no client_email or no private_key"));
  EXPECT_THAT(complaint(R"({"type":"service_account","client_email":"a@b","private_key":"none"})"),
              HasSubstr("the private key cannot be read"));
  EXPECT_THAT(complaint(R"({"type":"authorized_user","client_id":"c"})"), HasSubstr("no refresh_token"));
  EXPECT_EQ(complaint(R"({"type":"authorized_user","client_id":"c","refresh_token":"r"})"), "");
}

TEST(GcsCredentials, AreSentByTlsOrNotAtAll) {
  for (const std::string uri : {"https://oauth2.googleapis.com/token", "http://127.0.0.1:80/token",
                                "http://localhost/token", "http://[::1]:1/t"}) {
    EXPECT_EQ(
        complaint(format(R"({{"type":"authorized_user","client_id":"c","refresh_token":"r","token_uri":"{}"}})", uri)),
        "")
        << uri;
  }
  for (const std::string uri : {"http://oauth2.googleapis.com/token", "ftp://127.0.0.1/x", "https://u@h/token",
                                "/token", "http://127.0.0.1.example.org/token", "https://h"}) {
    EXPECT_THAT(
        complaint(format(R"({{"type":"authorized_user","client_id":"c","refresh_token":"r","token_uri":"{}"}})", uri)),
        HasSubstr("token_uri"))
        << uri;
  }
}

TEST(GcsCredentials, AnAssertionHasThreeParts) {
  const ServiceAccount account{"a@b", "key", Private<std::string>(test_key()), "https://oauth2.googleapis.com/token"};
  const std::string assertion = assertion_of(account, 1'700'000'000'000'000).value();
  // The header and the claims of RFC 7523, as text in base64url.
  EXPECT_TRUE(
      assertion.starts_with("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImtleSJ9.eyJpc3MiOiJhQGIiLCJzY29wZSI6"))
      << assertion;
  EXPECT_EQ(std::ranges::count(assertion, '.'), 2);
  EXPECT_EQ(assertion.find_first_of("=+/"), assertion.npos);
}

}  // namespace
}  // namespace dmw::store::gcs
