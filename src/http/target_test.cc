#include "http/target.h"

#include <gtest/gtest.h>

#include "http/correlation.h"
#include "http/problem.h"

namespace dmw::http {
namespace {

TEST(PercentDecode, DecodesWhatIsText) {
  EXPECT_EQ(percent_decode("a%2Fb+c").value(), "a/b+c");
  EXPECT_EQ(percent_decode("a+b%2B", Plus::is_space).value(), "a b+");
  EXPECT_EQ(percent_decode("%C3%A9").value(), "é");
}

TEST(PercentDecode, RefusesBadEscapesControlsAndWrongUtf8) {
  for (const auto* bad :
       {"%", "%4", "%zz", "a%00b", "%0a", "%7f", "%ff", "%c0%80", "%ed%a0%80", "%f4%90%80%80", "%c3"}) {
    EXPECT_EQ(percent_decode(bad).error().code, Errc::invalid) << bad;
  }
}

TEST(Query, KeepsNamesAndValuesInOrder) {
  const auto query = Query::parse("a=1&b=x%26y&&a=2&c").value();
  EXPECT_EQ(query.get("a"), "1");
  EXPECT_EQ(query.all("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(query.get("b"), "x&y");
  EXPECT_EQ(query.get("c"), "");
  EXPECT_FALSE(query.get("d"));
}

TEST(Query, RefusesNamelessAndTooManyParameters) {
  EXPECT_FALSE(Query::parse("=1"));
  std::string many;
  for (int i = 0; i < 300; ++i) many += "a=1&";
  EXPECT_FALSE(Query::parse(many));
}

TEST(Query, ObjectsToUnknownAndRepeatedParameters) {
  const auto query = Query::parse("limit=1&limit=2&lmit=3&after=4").value();
  const auto objection = query.objection({"limit", "after"});
  ASSERT_TRUE(objection);
  EXPECT_EQ(objection->status, 400);
  ASSERT_EQ(objection->errors.size(), 2u);
  EXPECT_EQ(objection->errors[0].where, "limit");
  EXPECT_EQ(objection->errors[1].where, "lmit");
  EXPECT_FALSE(Query::parse("limit=1").value().objection({"limit"}));
}

TEST(Correlation, KeepsAUuidAndSetsAnythingElseAside) {
  const std::string id = "0b1f8c1e-3a52-4a86-9d0e-5a8f8e3d2c11";
  EXPECT_EQ(correlate(id).id.text(), id);
  EXPECT_EQ(correlate(id).client_value, "");
  const auto other = correlate("job\x01 42" + std::string(200, 'x'));
  EXPECT_NE(other.id.text(), id);
  EXPECT_TRUE(other.client_value.starts_with("job? 42xx"));
  EXPECT_EQ(other.client_value.size(), 128u);
  EXPECT_NE(correlate(std::nullopt).id, correlate(std::nullopt).id);
}

TEST(Traceparent, KeepsOnlyAValidOne) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(traceparent(good), good);
  EXPECT_EQ(traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"),
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_FALSE(traceparent(std::nullopt));
  EXPECT_FALSE(traceparent(good + "-more"));
  EXPECT_FALSE(traceparent("ff" + good.substr(2)));
  EXPECT_FALSE(traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(traceparent(""));
}

TEST(Problem, HasTheSevenMembers) {
  const Uuid id = Uuid::random();
  Problem problem = Problem::of(422, "the body is wrong");
  problem.error("/ID", "must be five groups of 8 hexadecimal digits");
  EXPECT_EQ(problem.body(id, 0),
            R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"the body is wrong",)"
            R"("correlation_id":")" +
                id.text() +
                R"(","timestamp":"1970-01-01T00:00:00.000000Z",)"
                R"("errors":[{"pointer":"/ID","detail":"must be five groups of 8 hexadecimal digits"}]})");
}

TEST(Problem, KeepsTheWordsOfOurOwnErrorsInside) {
  const Problem problem = Problem::of(Error{Errc::internal, "secret of the house", {}});
  EXPECT_EQ(problem.status, 500);
  EXPECT_EQ(problem.detail.find("secret"), std::string::npos);
  const Problem away = Problem::of(Error{Errc::unavailable, "the catalog is away", {"x"}});
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.detail, "the catalog is away");
  EXPECT_TRUE(away.headers.get("Retry-After"));
}

TEST(PercentEncode, EscapesOnePieceOfAPath) {
  EXPECT_EQ(percent_encode("a b/../é~"), "a%20b%2F..%2F%C3%A9~");
  EXPECT_EQ(percent_decode(percent_encode("50% of a+b?c=ü")).value(), "50% of a+b?c=ü");
}

}  // namespace
}  // namespace dmw::http
