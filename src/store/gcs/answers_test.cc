#include "store/gcs/answers.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace dmw::store::gcs {
namespace {

constexpr std::string_view object =
    R"({"name":"a/b","size":"9","generation":"1700000000000000","crc32c":"4waSgw==","metageneration":"1"})";

TEST(GcsAnswers, AnObjectIsTheOneThatWasAskedFor) {
  const auto standing = parse_object(object, "a/b");
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->size_bytes, 9U);
  EXPECT_EQ(standing->crc32c, crc32c(0, as_bytes("123456789")));
  EXPECT_EQ(standing->version, "1700000000000000");
  EXPECT_FALSE(parse_object(object, "a/c"));
  for (const std::string_view wrong :
       {"", "[]", "{}", R"({"name":"a/b","size":9,"generation":"1","crc32c":"4waSgw=="})",
        R"({"name":"a/b","size":"-9","generation":"1","crc32c":"4waSgw=="})",
        R"({"name":"a/b","size":"9","generation":"1&x=2","crc32c":"4waSgw=="})",
        R"({"name":"a/b","size":"9","generation":"1","crc32c":"4waS"})"})
    EXPECT_EQ(parse_object(wrong, "a/b").error().code, Errc::unavailable) << wrong;
}

TEST(GcsAnswers, APageHasNamesAndPerhapsANextOne) {
  const auto page = parse_page(R"({"items":[{"name":"a"},{"name":"b"}],"nextPageToken":"t"})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(page->next, "t");
  EXPECT_TRUE(parse_page("{}")->names.empty());
  for (const std::string_view wrong : {"[]", R"({"items":{}})", R"({"items":[1]})", R"({"items":[{"name":1}]})"})
    EXPECT_FALSE(parse_page(wrong)) << wrong;
  EXPECT_FALSE(parse_page(R"({"nextPageToken":")" + std::string(5'000, 't') + R"("})"));
}

TEST(GcsAnswers, ATokenFitsIntoAField) {
  const auto token = parse_token(R"({"access_token":"ya29.a-b","expires_in":3599,"token_type":"bearer"})");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->text.reveal(), "ya29.a-b");
  EXPECT_EQ(token->lasts, std::chrono::seconds(3'599));
  EXPECT_EQ(parse_token(R"({"access_token":"t","expires_in":9000000000,"token_type":"Bearer"})")->lasts,
            std::chrono::hours(24));
  for (const std::string_view wrong : {"{}", R"({"access_token":"a b","expires_in":1,"token_type":"Bearer"})",
                                       R"({"access_token":"a\r\nX: y","expires_in":1,"token_type":"Bearer"})",
                                       R"({"access_token":"a","expires_in":0,"token_type":"Bearer"})",
                                       R"({"access_token":"a","expires_in":1,"token_type":"MAC"})"})
    EXPECT_FALSE(parse_token(wrong)) << wrong;
}

TEST(GcsAnswers, FieldsAreReadStrictly) {
  EXPECT_EQ(confirmed_bytes({}), 0U);
  EXPECT_EQ(confirmed_bytes({{"Range", "bytes=0-262143"}}), 262'144U);
  for (const char* wrong : {"bytes=1-5", "bytes=0-", "bytes=0-x", "0-5", "bytes=0-18446744073709551615"})
    EXPECT_FALSE(confirmed_bytes({{"Range", wrong}})) << wrong;
  EXPECT_EQ(parse_content_range("bytes 5-9/10")->first, 5U);
  for (const char* wrong : {"bytes 5-4/10", "bytes 5-10/10", "bytes */10", "bytes 5-9/*", "5-9/10", "bytes 5/9-10"})
    EXPECT_FALSE(parse_content_range(wrong)) << wrong;
  EXPECT_EQ(crc32c_in({{"x-goog-hash", "md5=rL0Y20zC+Fzt72VPzMSk2A=="}, {"x-goog-hash", "crc32c=4waSgw=="}}),
            crc32c(0, as_bytes("123456789")));
  EXPECT_FALSE(crc32c_in({{"x-goog-hash", "crc32c=x"}}));
}

TEST(GcsAnswers, WordsOfAnErrorFitALogLine) {
  EXPECT_EQ(message_in(R"({"error":{"code":404,"message":"No such\nobject","errors":[{"reason":"notFound"}]}})"),
            "No such object");
  EXPECT_EQ(message_in(R"({"error":"invalid_grant","error_description":"Invalid JWT"})"), "invalid_grant: Invalid JWT");
  EXPECT_EQ(message_in("<html>\x1b[31m</html>"), "<html> [31m</html>");
  EXPECT_EQ(message_in(std::string(1'000, 'x')).size(), 300U);
  EXPECT_EQ(reason_in(R"({"error":{"errors":[{"reason":"rateLimitExceeded"}]}})"), "rateLimitExceeded");
}

}  // namespace
}  // namespace dmw::store::gcs
