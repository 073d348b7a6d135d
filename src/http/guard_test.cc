// Web pages of strangers: what they can make a browser send is not answered.
#include "http/guard.h"

#include <gmock/gmock.h>

#include "http/test_serving.h"

namespace dmw::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Request asked(std::string method, std::string_view host, Headers headers = {}) {
  Request request;
  request.method = std::move(method);
  request.peer = "10.1.1.1:40000";
  request.local_address = "172.17.0.2";
  request.authority = Authority::parse(host);
  request.headers = std::move(headers);
  return request;
}

/// 0: it is answered.
int status_of(const Guard& guard, const Request& request, bool any_host = false) {
  const auto objection = guard.objection(request, any_host);
  return objection ? objection->status : 0;
}

TEST(Authority, IsTakenApartAsUrisAre) {
  EXPECT_EQ(Authority::parse("Gateway.Example.ORG.:8000")->host, "gateway.example.org");
  EXPECT_EQ(Authority::parse("gateway:8000")->port, 8000);
  EXPECT_FALSE(Authority::parse("gateway:")->port);
  EXPECT_EQ(Authority::parse("[::1]:80")->address, IpAddress::parse("::1"));
  EXPECT_EQ(Authority::parse("10.0.0.1")->address, IpAddress::parse("10.0.0.1"));
  for (const std::string_view wrong :
       {"",        ":80",      "a b",  "a/b",    "me@host",     "a:b:c",      "host:99999",       "host:8o",
        "host:-1", "::1",      "[::1", "[::1]x", "[::1]:x",     "[10.0.0.1]", "[fe80::1%25eth0]", "a%2",
        "a%zz",    "<script>", "a\"b", "a\\b",   "h\xc3\xb6st", "a,b c"}) {
    EXPECT_FALSE(Authority::parse(wrong)) << wrong;
  }
}

TEST(Guard, OnLoopbackAnswersUnderItsNamesOnly) {
  const Guard guard({"127.0.0.1"}, {});
  for (const std::string_view ours :
       {"localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:1", "127.9.9.9", "[::1]:8000"})
    EXPECT_EQ(status_of(guard, asked("GET", ours)), 0) << ours;
  for (const std::string_view theirs : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                                        "dicom-middleware", "10.0.0.1", "notlocalhost", "[::2]", "0.0.0.0"})
    EXPECT_EQ(status_of(guard, asked("GET", theirs)), 421) << theirs;
  EXPECT_EQ(status_of(guard, asked("GET", "evil.example"), true), 0) << "probes have any name";
  EXPECT_THAT(guard.objection(asked("GET", "evil.example"), false)->detail, HasSubstr("HTTP_HOSTS"));
  EXPECT_EQ(status_of(guard, asked("GET", "")), 421) << "HTTP/1.0 without a Host";
}

TEST(Guard, BeyondThisMachineAnswersUnderNamesThatNobodyCanPublish) {
  const Guard guard({"0.0.0.0"}, {});
  for (const std::string_view ours : {"dicom-middleware:8000", "10.0.0.5:8000", "[fd00::5]", "0.0.0.0", "localhost"})
    EXPECT_EQ(status_of(guard, asked("POST", ours)), 0) << ours;
  for (const std::string_view theirs : {"evil.example", "evil.example.", "a.b"})
    EXPECT_EQ(status_of(guard, asked("GET", theirs)), 421) << theirs;
}

TEST(Guard, AnswersUnderTheHostsThatAreListedAndNoOthers) {
  const Guard guard({"0.0.0.0"}, {"gateway", "*.example.org", "10.0.0.5", "fd00::5"});
  for (const std::string_view ours : {"gateway:8000", "a.example.org", "A.b.Example.org:443", "10.0.0.5",
                                      "[fd00:0::5]:8000", "127.0.0.1", "172.17.0.2:8000", "0.0.0.0"})
    EXPECT_EQ(status_of(guard, asked("GET", ours)), 0) << ours;
  for (const std::string_view theirs :
       {"example.org", "evilexample.org", ".example.org", "dicom-middleware", "10.0.0.6"})
    EXPECT_EQ(status_of(guard, asked("GET", theirs)), 421) << theirs;
  EXPECT_EQ(status_of(Guard({"127.0.0.1"}, {"*"}), asked("GET", "any.where")), 0);
}

TEST(Guard, LetsNoPageOfAnotherOriginChangeSomething) {
  const Guard guard({"0.0.0.0"}, {"gateway.example.org"});
  const auto with = [&](std::string method, std::string field, std::string value) {
    return status_of(guard,
                     asked(std::move(method), "gateway.example.org:8000", {{std::move(field), std::move(value)}}));
  };
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "BREW"}) {
    EXPECT_EQ(with(method, "Origin", "http://evil.example"), 403) << method;
    EXPECT_EQ(with(method, "Sec-Fetch-Site", "cross-site"), 403) << method;
    EXPECT_EQ(with(method, "Sec-Fetch-Site", "same-site"), 403) << method;
    EXPECT_EQ(with(method, "Origin", "http://gateway.example.org:8000"), 0) << method;
    EXPECT_EQ(with(method, "sec-fetch-site", "same-origin"), 0) << method;
    EXPECT_EQ(with(method, "Sec-Fetch-Site", "none"), 0) << method;
    EXPECT_EQ(with(method, "User-Agent", "a webhook"), 0) << method;
  }
  for (const char* other : {"null", "", "http://gateway.example.org", "http://gateway.example.org:8001", "file://",
                            "http://gateway.example.org:8000.evil.example", "http://gateway.example.org:8000/", "*"})
    EXPECT_EQ(with("POST", "Origin", other), 403) << other;
  EXPECT_EQ(with("GET", "Origin", "http://evil.example"), 0) << "what is read, the browser keeps from the page";
  // A proxy that speaks TLS passes the host on.
  EXPECT_EQ(status_of(guard, asked("POST", "gateway.example.org", {{"Origin", "https://gateway.example.org"}})), 0);
  // Two fields, of which one is right.
  EXPECT_EQ(status_of(guard, asked("POST", "gateway.example.org",
                                   {{"Origin", "https://gateway.example.org"}, {"Origin", "https://evil.example"}})),
            403);
}

std::vector<Route> guarded() {
  Route probe = route("GET", "/health", [](const Request&, Responder r) { r.send(plain("alive")); });
  probe.any_host = true;
  Route change = route("POST", "/change", [](const Request&, Responder r) { r.send(plain("changed")); });
  change.accepts = {"application/json"};
  change.body_required = true;
  Route act = route("POST", "/act", [](const Request&, Responder r) { r.send(plain("done")); });
  Route upload;
  upload.method = "POST";
  upload.path = "/files";
  upload.upload = [](const Request&, BodyReader& body, Responder r) {
    const Result<ByteView> piece = body.next();
    r.send(plain(piece ? "kept" : piece.error().what));
  };
  return {hello(), probe, change, act, upload};
}

std::string said(std::string_view line, std::string_view host, std::string_view more = {}, std::string_view body = {}) {
  return format("{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n{}", line, host, more, body);
}

TEST(Server, IsCalledByItsOwnNamesOnly) {
  Serving serving(guarded());
  EXPECT_THAT(serving.raw(said("GET /hello", "127.0.0.1:8000")), StartsWith("HTTP/1.1 200 "));
  const std::string refused = serving.raw(said("GET /hello", "evil.example"));
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 421 Misdirected Request\r\n"));
  EXPECT_THAT(refused, HasSubstr("HTTP_HOSTS"));
  EXPECT_THAT(serving.raw(said("GET /nowhere", "evil.example")), StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(serving.raw(said("GET /health", "evil.example:9")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(serving.raw(said("GET /health", "evil example")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(serving.raw("GET /hello HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(serving.raw("GET /health HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  // The target goes before the Host.
  EXPECT_THAT(serving.raw(said("GET http://evil.example/hello", "localhost")), StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(serving.raw(said("GET http://localhost:1/hello", "evil.example")), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, AnswersUnderTheNamesOfItsOptions) {
  ServerOptions options;
  options.hosts = {"gateway.example.org"};
  Serving serving(guarded(), std::move(options));
  EXPECT_THAT(serving.raw(said("GET /hello", "gateway.example.org:8000")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(serving.raw(said("GET /hello", "other.example.org")), StartsWith("HTTP/1.1 421 "));
}

TEST(Server, TakesNothingFromAPageOfAnotherOrigin) {
  Serving serving(guarded());
  const std::string typed = "Content-Type: application/json\r\nContent-Length: 2\r\n";
  EXPECT_THAT(serving.raw(said("POST /change", "localhost", typed, "{}")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(serving.raw(said("POST /change", "localhost", typed + "Origin: http://evil.example\r\n", "{}")),
              StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(serving.raw(said("POST /files", "localhost", typed + "Sec-Fetch-Site: cross-site\r\n", "{}")),
              StartsWith("HTTP/1.1 403 "));
}

TEST(Server, TakesNoBodyWithoutAMediaType) {
  Serving serving(guarded());
  const auto status = [&](std::string_view line, std::string_view more, std::string_view body) {
    return serving.raw(said(line, "localhost", more, body)).substr(9, 3);
  };
  EXPECT_EQ(status("POST /change", "Content-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /change", "Content-Length: 0\r\n", ""), "415");
  EXPECT_EQ(status("POST /change", "", ""), "415");
  EXPECT_EQ(status("POST /change", "Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /act", "", ""), "200");
  EXPECT_EQ(status("POST /act", "Content-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /act", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), "415");
  EXPECT_EQ(status("GET /hello", "Content-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /files", "Content-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /files", "Content-Type:\r\nContent-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /files", "Content-Type: x\r\nContent-Length: 2\r\n", "{}"), "415");
  EXPECT_EQ(status("POST /files", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n", "{}"),
            "200");
}

}  // namespace
}  // namespace dmw::http
