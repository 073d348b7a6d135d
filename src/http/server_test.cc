#include "http/server.h"

#include <filesystem>
#include <latch>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/json.h"
#include "http/test_serving.h"
#include "testing/scratch_folder.h"

namespace dmw::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

Route echo() {
  Route echo =
      route("POST", "/echo", [](const Request& request, Responder responder) { responder.send(plain(request.body)); });
  echo.body_limit_bytes = 100;
  echo.accepts = {"text/plain", "application/json"};
  return echo;
}

TEST(Server, AnswersOverOneConnectionWithCorrelationAndSecurityFields) {
  Serving serving({hello()});
  Client client = serving.client();
  CallOptions call;
  const std::string id = "0b1f8c1e-3a52-4a86-9d0e-5a8f8e3d2c11";
  call.headers.add("X-Correlation-ID", id);
  for (int i = 0; i < 3; ++i) {
    const auto response = client.get("/hello", call).value();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.headers.get("X-Correlation-ID"), id);
    EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(response.headers.get("Content-Security-Policy"));
  }
}

TEST(Server, GivesTheRouteItsDecodedParts) {
  Serving serving({route("GET", "/studies/{uid}/files/{file}", [](const Request& request, Responder responder) {
    responder.send(
        plain(format("{}|{}|{}|{}|{}|{}", request.route, request.parameter("uid"), request.parameter("file"),
                     request.query("q").value_or("-"), request.client_correlation, request.traceparent.value_or("-"))));
  })});
  CallOptions call;
  call.headers.add("X-Correlation-ID", "job 42");
  call.headers.add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(
      serving.client().get("/studies/1.2.3/files/..%2Fx?q=a+b", call).value().body,
      "/studies/{uid}/files/{file}|1.2.3|../x|a b|job 42|00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

TEST(Server, PrefersTheRouteThatIsSpelledOut) {
  Serving serving({route("GET", "/a/{x}", [](const Request&, Responder r) { r.send(plain("any")); }),
                   route("GET", "/a/b", [](const Request&, Responder r) { r.send(plain("b")); })});
  EXPECT_EQ(serving.client().get("/a/b").value().body, "b");
  EXPECT_EQ(serving.client().get("/a/c").value().body, "any");
}

TEST(Server, MakesAProblemOfEveryRefusal) {
  Serving serving({hello(), echo(), route("GET", "/p/{x}", [](const Request&, Responder r) { r.send(plain("")); })});
  Client client = serving.client();
  CallOptions xml;
  xml.headers.add("Content-Type", "application/xml");
  CallOptions json_type;
  json_type.headers.add("Content-Type", "Application/JSON; charset=utf-8");
  EXPECT_EQ(problem_of(client.get("/nowhere").value()).at("status"), 404);
  const auto wrong_method = client.request("PUT", "/hello").value();
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.headers.get("Allow"), "GET, HEAD");
  EXPECT_EQ(problem_of(client.post("/echo", "<a/>", xml).value()).at("status"), 415);
  EXPECT_EQ(client.post("/echo", "{}", json_type).value().body, "{}");
  EXPECT_EQ(problem_of(client.post("/echo", std::string(101, 'x'), json_type).value()).at("status"), 413);
  EXPECT_EQ(problem_of(client.get("/p/%00").value()).at("status"), 400);
  EXPECT_EQ(problem_of(client.get("/p/%ff").value()).at("status"), 400);
  const auto bad_query = problem_of(client.get("/hello?a=%zz").value());
  EXPECT_EQ(bad_query.at("status"), 400);
  for (const auto* member : {"type", "title", "detail", "correlation_id", "timestamp", "errors"}) {
    EXPECT_TRUE(bad_query.contains(member)) << member;
  }
}

TEST(Server, RefusesWhatIsNoRequest) {
  Serving serving({hello(), echo()});
  EXPECT_THAT(serving.raw("\x16\x03\x01 nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(serving.raw("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(serving.raw(get("/hello", "X: " + std::string(20'000, 'x') + "\r\n")), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(serving.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: "
                          "5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(serving.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: "
                          "5\r\nContent-Length: 6\r\n\r\nhello!"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(serving.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: "
                          "4000000000\r\n\r\n0123456789"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(serving.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: "
                          "chunked\r\n\r\nc8\r\n" +
                          std::string(200, 'x') + "\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(serving.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nExpect: "
                          "wonders\r\nContent-Length: 1\r\n\r\n"),
              StartsWith("HTTP/1.1 417 "));
}

TEST(Server, AnswersHeadWithTheLengthAndWithoutTheBody) {
  Serving serving({hello()});
  const std::string heard = serving.raw("HEAD /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(heard, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(heard.ends_with("\r\n\r\n"));
}

TEST(Server, AsksForABodyThatIsExpectedToBeAskedFor) {
  Serving serving({echo()});
  auto socket = TestSocket::connect(serving.port());
  socket.say(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
      "5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(socket.hear_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.say("hello");
  EXPECT_TRUE(socket.hear_all().ends_with("\r\n\r\nhello"));
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  Serving serving({echo(), hello()});
  const std::string heard =
      serving.raw(get("/hello") +
                  "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
                  get("/hello", "Connection: close\r\n"));
  const auto first = heard.find("\r\n\r\nhello");
  const auto second = heard.find("\r\n\r\nabcde");
  const auto third = heard.rfind("\r\n\r\nhello");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST(Server, CutsASlowHeadASlowBodyAndAnIdleConnection) {
  ServerOptions options;
  options.header_timeout = options.body_timeout = options.idle_timeout = milliseconds(50);
  Serving serving({hello(), echo()}, std::move(options));
  EXPECT_EQ(serving.raw(""), "");
  EXPECT_EQ(serving.raw("GET /hello HTTP/1.1\r\nHo"), "");
  EXPECT_EQ(
      serving.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhe"),
      "");
  EXPECT_TRUE(serving.raw(get("/hello")).ends_with("hello"));
}

TEST(Server, CutsAClientThatDoesNotTakeItsAnswer) {
  ServerOptions options;
  options.body_timeout = milliseconds(50);
  Mailbox<Served> seen;
  Serving serving(
      {route("GET", "/big", [](const Request&, Responder r) { r.send(plain(std::string(64 << 20, 'x'))); })},
      std::move(options));
  auto socket = TestSocket::connect(serving.port());
  socket.say(get("/big"));
  EXPECT_THAT(socket.hear_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  const auto before = std::chrono::steady_clock::now();
  serving.server->stop(kPatience);  // waits for the connection
  EXPECT_LT(std::chrono::steady_clock::now() - before, kPatience / 2);
}

TEST(Server, AnswersAThousandWaitersFromAnotherThread) {
  Mailbox<Responder> waiting;
  ServerOptions options;
  options.workers = 2;
  Serving serving({route("GET", "/wait",
                         [&](const Request&, Responder responder) {
                           responder.wait([] {});
                           waiting.put(std::move(responder));
                         }),
                   hello()},
                  std::move(options));
  constexpr int count = 899;  // and one more of this address
  std::vector<TestSocket> sockets;
  for (int i = 0; i < count; ++i) {
    sockets.push_back(TestSocket::connect(serving.port()));
    sockets.back().say(get("/wait"));
  }
  std::vector<Responder> responders;
  for (int i = 0; i < count; ++i) responders.push_back(waiting.get());
  EXPECT_EQ(serving.client().get("/hello").value().body, "hello");  // no worker is held
  std::thread([&] {
    for (auto& responder : responders) responder.send(plain("published"));
  }).join();
  for (auto& socket : sockets) EXPECT_TRUE(socket.hear_until("published").ends_with("published"));
}

TEST(Server, TellsAWaiterThatItsClientWentAway) {
  Mailbox<Responder> waiting;
  std::latch ended(1);
  Serving serving({route("GET", "/wait", [&](const Request&, Responder responder) {
    responder.wait([&] { ended.count_down(); });
    waiting.put(std::move(responder));
  })});
  auto socket = TestSocket::connect(serving.port());
  socket.say(get("/wait"));
  Responder responder = waiting.get();
  EXPECT_FALSE(responder.gone());
  socket.close();
  ended.wait();
  EXPECT_TRUE(responder.gone());
  responder.send(plain("too late"));
}

TEST(Server, Answers500WhenARouteGivesNoAnswerOrThrows) {
  Serving serving(
      {route("GET", "/drop", [](const Request&, Responder) {}),
       route("GET", "/throw", [](const Request&, Responder) { throw std::runtime_error("CANARY"); }),
       route("GET", "/fail", [](const Request&, Responder r) { r.send(Error{Errc::gone, "it is gone", {}}); })});
  Client client = serving.client();
  EXPECT_EQ(problem_of(client.get("/drop").value()).at("status"), 500);
  const auto thrown = client.get("/throw").value();
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("CANARY"), std::string::npos);
  EXPECT_EQ(problem_of(client.get("/fail").value()).at("detail"), "it is gone");
}

TEST(Server, AnswersOnlyOnce) {
  Serving serving({route("GET", "/twice", [](const Request&, Responder responder) {
    responder.send(plain("one"));
    responder.send(plain("two"));
  })});
  EXPECT_EQ(serving.raw(get("/twice", "Connection: close\r\n")).find("two"), std::string::npos);
}

TEST(Server, AnswersPromptRoutesWhileEveryWorkerWaits) {
  Mailbox<int> running;
  std::latch release(1);
  ServerOptions options;
  options.workers = 1;
  options.queue_max = 1;
  std::vector<Route> routes = {route("GET", "/block",
                                     [&](const Request&, Responder responder) {
                                       running.put(1);
                                       release.wait();
                                       responder.send(plain("done"));
                                     }),
                               route("GET", "/health", [](const Request&, Responder r) { r.send(plain("alive")); })};
  routes[1].prompt = true;
  Serving serving(std::move(routes), std::move(options));
  auto first = TestSocket::connect(serving.port());
  first.say(get("/block", "Connection: close\r\n"));
  running.get();
  auto queued = TestSocket::connect(serving.port());
  queued.say(get("/block", "Connection: close\r\n"));
  EXPECT_TRUE(serving.raw(get("/health", "Connection: close\r\n")).ends_with("alive"));
  release.count_down();
  EXPECT_TRUE(first.hear_all().ends_with("done"));
  EXPECT_TRUE(queued.hear_all().ends_with("done"));
}

TEST(Server, RefusesWhenTheQueueIsFull) {
  Mailbox<int> running;
  std::latch release(1);
  ServerOptions options;
  options.workers = 1;
  options.queue_max = 1;
  Serving serving({route("GET", "/block",
                         [&](const Request&, Responder responder) {
                           running.put(1);
                           release.wait();
                           responder.send(plain("done"));
                         })},
                  std::move(options));
  auto first = TestSocket::connect(serving.port());
  first.say(get("/block", "Connection: close\r\n"));
  running.get();
  // One of these two waits in the queue, the other is refused; which one depends on the I/O threads.
  auto second = TestSocket::connect(serving.port());
  auto third = TestSocket::connect(serving.port());
  Mailbox<std::string> heard;
  std::thread a([&] { second.say(get("/block", "Connection: close\r\n")), heard.put(second.hear_all()); });
  std::thread b([&] { third.say(get("/block", "Connection: close\r\n")), heard.put(third.hear_all()); });
  const std::string refused = heard.get();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  release.count_down();
  EXPECT_TRUE(heard.get().ends_with("done"));
  a.join();
  b.join();
}

TEST(Server, RefusesConnectionsOverItsLimit) {
  ServerOptions options;
  options.connections_max = 1;
  Mailbox<Responder> waiting;
  Serving serving({route("GET", "/held", [&](const Request&, Responder r) { waiting.put(std::move(r)); })},
                  std::move(options));
  auto held = TestSocket::connect(serving.port());
  held.say(get("/held"));
  Responder responder = waiting.get();
  EXPECT_THAT(TestSocket::connect(serving.port()).hear_all(), StartsWith("HTTP/1.1 503 "));
  responder.send(plain("done"));
}

TEST(Server, ServesItsUnixSocketToItsOwnerAlone) {
  const ScratchFolder folder;
  const auto path = folder / "socket";
  ServerOptions options;
  options.unix_socket = path;
  {
    Serving serving({route("GET", "/peer", [](const Request& request, Responder r) { r.send(plain(request.peer)); })},
                    options);
    struct stat there{};
    ASSERT_EQ(::stat(path.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0600u);
    Client client(ClientOptions{.base_url = "http://local", .unix_socket = path});
    EXPECT_EQ(client.get("/peer").value().body, "unix");
    const auto second = Server::start(options, Router({}));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Server, ListensWithoutASocketThatMayBeAbsent) {
  ServerOptions options;
  options.unix_socket = "/nowhere/at/all/control.sock";
  EXPECT_FALSE(Server::start(options, Router({})));
  options.tcp = {{"127.0.0.1", 0}};
  options.unix_socket_optional = true;
  const auto server = Server::start(options, Router({hello()}));
  ASSERT_TRUE(server);
  ASSERT_TRUE((*server)->unix_socket_refused());
  EXPECT_THAT((*server)->unix_socket_refused()->what, testing::HasSubstr(options.unix_socket));
  Client client(ClientOptions{.base_url = format("http://127.0.0.1:{}", (*server)->ports().at(0))});
  EXPECT_EQ(client.get("/hello").value().status, 200);
  (*server)->stop(std::chrono::seconds(1));
}

TEST(Server, SaysWhichAddressItCannotHave) {
  Serving serving({hello()});
  EXPECT_EQ(Server::start({.tcp = {{"127.0.0.1", serving.port()}}}, Router({})).error().code, Errc::conflict);
  EXPECT_EQ(Server::start({.tcp = {{"not an address", 0}}}, Router({})).error().code, Errc::invalid);
}

TEST(Server, AsksTheHookBeforeARouteRuns) {
  Route erase = route("DELETE", "/x", [](const Request& request, Responder r) { r.send(plain(request.principal)); });
  erase.scope = Scope::operate;
  Router router({hello(), erase});
  router.authorize([](Request& request, Scope scope) -> std::optional<Problem> {
    if (scope == Scope::open) return std::nullopt;
    if (request.header("Authorization") != "Bearer good") {
      return Problem::of(401, "credentials are needed").header("WWW-Authenticate", "Bearer");
    }
    request.principal = "operator";
    return std::nullopt;
  });
  Serving serving(std::move(router));
  Client client = serving.client();
  EXPECT_EQ(client.get("/hello").value().status, 200);
  const auto refused = client.request("DELETE", "/x").value();
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "Bearer");
  CallOptions call;
  call.headers.add("Authorization", "Bearer good");
  EXPECT_EQ(client.request("DELETE", "/x", {}, call).value().body, "operator");
}

TEST(Server, TellsTheObserverTheTemplateAndTheStatus) {
  Mailbox<std::string> seen;
  ServerOptions options;
  options.observe = [&](const Served& served) {
    EXPECT_GE(served.seconds, 0);
    seen.put(format("{} {} {}", served.method, served.route, served.status));
  };
  Serving serving({route("GET", "/p/{x}", [](const Request&, Responder r) { r.send(plain("")); })}, std::move(options));
  Client client = serving.client();
  client.get("/p/1").value();
  EXPECT_EQ(seen.get(), "GET /p/{x} 200");
  client.request("BREW", "/coffee").value();
  EXPECT_EQ(seen.get(), "OTHER unmatched 404");
}

}  // namespace
}  // namespace dmw::http
