// RFC 9110 and 9112 where clients and proxies rely on the letter.
#include <gmock/gmock.h>

#include "http/conditions.h"
#include "http/framing.h"
#include "http/media_type.h"
#include "http/test_serving.h"

namespace dmw::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

int framed(Headers headers, unsigned version = 11) {
  if (version >= 11) headers.add("Host", "localhost");
  const auto wrong = objection_to_framing(headers, version);
  return wrong ? wrong->status : 0;
}

TEST(Framing, TakesNoTransferCodingButChunked) {
  EXPECT_EQ(framed({}), 0);
  EXPECT_EQ(framed({{"Transfer-Encoding", "chunked"}}), 0);
  EXPECT_EQ(framed({{"transfer-encoding", " Chunked "}}), 0);
  EXPECT_EQ(framed({{"Transfer-Encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(framed({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}}), 501);
  for (const char* wrong :
       {"", "gzip", "identity", "chunked, gzip", "chunked, chunked", "chunked;a=1", "xchunked", ","})
    EXPECT_EQ(framed({{"Transfer-Encoding", wrong}}), 400) << wrong;
  EXPECT_EQ(framed({{"Transfer-Encoding", "chunked"}}, 10), 400);
  EXPECT_EQ(framed({{"Host", "b"}}), 400) << "two of them";
  EXPECT_EQ(framed({}, 10), 0);
}

TEST(Framing, KnowsNoExpectationsOfHttp10) {
  EXPECT_EQ(expectation({{"Expect", "100-Continue"}}, 11), Expects::to_be_asked);
  EXPECT_EQ(expectation({{"Expect", "100-continue"}}, 10), Expects::nothing);
  EXPECT_EQ(expectation({{"Expect", "wonders"}}, 10), Expects::nothing);
  EXPECT_EQ(expectation({{"Expect", "100-continue, wonders"}}, 11), Expects::unknown);
  EXPECT_EQ(expectation({}, 11), Expects::nothing);
}

TEST(Headers, AreListsOfMembers) {
  EXPECT_THAT(list_members(R"( a ,, "b,c";q=1, W/"d\",e" ,)"), ElementsAre("a", R"("b,c";q=1)", R"(W/"d\",e")"));
  EXPECT_THAT(list_members(" , "), IsEmpty());
  EXPECT_THAT(list_members("\"a\\"), ElementsAre("\"a\\"));
  const Headers twice{{"A", "1"}, {"a", "2"}};
  EXPECT_EQ(twice.combined("A"), "1, 2");
  EXPECT_FALSE(twice.combined("B"));
}

Request conditional(std::string method, Headers headers) {
  Request request;
  request.method = std::move(method);
  request.headers = std::move(headers);
  return request;
}

TEST(Conditions, CompareTagsAsTheyAreToBeCompared) {
  const auto judged = [](Headers headers, std::string method = "GET") {
    return condition_of(conditional(std::move(method), std::move(headers)), "\"a\"");
  };
  EXPECT_EQ(judged({}), Condition::holds);
  for (const char* same : {"\"a\"", "W/\"a\"", "*", "\"b\", \"a\"", "\"b,c\",W/\"a\""})
    EXPECT_EQ(judged({{"If-None-Match", same}}), Condition::not_modified) << same;
  EXPECT_EQ(judged({{"If-None-Match", "\"b\""}, {"If-None-Match", "\"a\""}}), Condition::not_modified);
  EXPECT_EQ(judged({{"If-None-Match", "\"b\", a"}}), Condition::holds);
  EXPECT_EQ(judged({{"If-None-Match", "*"}}, "PUT"), Condition::failed);
  for (const char* same : {"\"a\"", "*", "\"b\", \"a\""})
    EXPECT_EQ(judged({{"If-Match", same}}), Condition::holds) << same;
  for (const char* other : {"\"b\"", "W/\"a\"", "a", ""})
    EXPECT_EQ(judged({{"If-Match", other}}), Condition::failed) << other;
  EXPECT_EQ(judged({{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}), Condition::failed) << "the first goes first";
}

TEST(Conditions, GiveRangesToGetAlone) {
  EXPECT_EQ(range_of(conditional("GET", {{"Range", "bytes=0-1"}}), "\"a\""), "bytes=0-1");
  EXPECT_FALSE(range_of(conditional("HEAD", {{"Range", "bytes=0-1"}}), "\"a\""));
  EXPECT_TRUE(range_of(conditional("GET", {{"Range", "bytes=0-1"}, {"If-Range", "\"a\""}}), "\"a\""));
  for (const char* other : {"\"b\"", "W/\"a\"", "Mon, 30 Nov 2026 00:00:00 GMT", "*"})
    EXPECT_FALSE(range_of(conditional("GET", {{"Range", "bytes=0-1"}, {"If-Range", other}}), "\"a\"")) << other;
}

TEST(Conditions, ReadWhichCodingsAreWanted) {
  const auto gzip = [](const char* field) { return accepts_coding({{"Accept-Encoding", field}}, "gzip"); };
  EXPECT_TRUE(accepts_coding({}, "gzip"));
  for (const char* yes : {"gzip", "GZIP", "br, gzip;q=0.1", "*", "identity;q=0, *;q=0.5", "gzip, *;q=0"})
    EXPECT_TRUE(gzip(yes)) << yes;
  for (const char* no :
       {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;Q=0", "notgzip", "gzip;q=x"})
    EXPECT_FALSE(gzip(no)) << no;
}

TEST(MediaType, DoesNotGiveWhatWasRefused) {
  constexpr std::string_view offers[] = {"application/dicom+json", "application/dicom+xml"};
  EXPECT_EQ(preferred("application/dicom+json;q=0", offers), 1U);
  EXPECT_EQ(preferred("application/dicom+json; q=0.0, */*", offers), 1U);
  EXPECT_EQ(preferred("application/dicom+json;q=0, application/dicom+xml;q=0", offers), 0U);
  EXPECT_EQ(preferred("application/*;q=0", offers), 0U);
}

Route taking() {
  Route taking =
      route("POST", "/echo", [](const Request& request, Responder responder) { responder.send(plain(request.body)); });
  return taking;
}

TEST(Server, TakesTargetsInAbsoluteForm) {
  Serving serving({hello(), taking(), route("GET", "/", [](const Request&, Responder r) { r.send(plain("start")); })});
  const auto said = [&](std::string_view target) {
    return serving.raw(format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target));
  };
  EXPECT_TRUE(said("http://127.0.0.1:8000/hello?a=b").ends_with("hello"));
  EXPECT_TRUE(said("HTTPS://localhost/hello").ends_with("hello"));
  EXPECT_TRUE(said("http://localhost").ends_with("start"));
  EXPECT_TRUE(said("http://localhost?a=b").ends_with("start"));
  for (const char* wrong : {"http://", "http:///hello", "http://me@localhost/hello", "http://local host/", "hello",
                            "ftp://localhost/hello"})
    EXPECT_THAT(said(wrong), StartsWith("HTTP/1.1 400 ")) << wrong;
}

TEST(Server, EndsTheConnectionWhoseFramingIsUnclear) {
  Serving serving({hello(), taking()});
  for (const auto& [coding, status] :
       {std::pair("gzip, chunked", 501), std::pair("gzip", 400), std::pair("identity", 400)}) {
    const std::string heard = serving.raw(
        format("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: {}\r\n\r\n"
               "5\r\nabcde\r\n0\r\n\r\n{}",
               coding, get("/hello")));
    EXPECT_THAT(heard, StartsWith(format("HTTP/1.1 {} ", status))) << coding;
    EXPECT_THAT(heard, HasSubstr("Connection: close\r\n")) << coding;
    EXPECT_EQ(heard.find("\r\n\r\nhello"), heard.npos) << coding;
  }
}

TEST(Server, PassesOverExpectationsOfHttp10) {
  Serving serving({taking()});
  const std::string heard = serving.raw(
      "POST /echo HTTP/1.0\r\nHost: localhost\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: "
      "5\r\n\r\nhello");
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(heard.ends_with("\r\n\r\nhello"));
}

TEST(Router, SaysEachAllowedMethodOnce) {
  Serving serving({route("GET", "/a/b", [](const Request&, Responder r) { r.send(plain("")); }),
                   route("GET", "/a/{x}", [](const Request&, Responder r) { r.send(plain("")); }),
                   route("DELETE", "/a/{x}", [](const Request&, Responder r) { r.send(plain("")); })});
  EXPECT_EQ(serving.client().request("PUT", "/a/c").value().headers.get("Allow"), "DELETE, GET, HEAD");
  const auto spelled = serving.client().request("DELETE", "/a/b").value();
  EXPECT_EQ(spelled.status, 405) << "what is spelled out is a resource of its own";
  EXPECT_EQ(spelled.headers.get("Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace dmw::http
