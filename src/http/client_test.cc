#include "http/client.h"

#include <cstdlib>
#include <mutex>

#include <gtest/gtest.h>

#include "base/format.h"
#include "http/test_peer.h"

namespace dmw::http {
namespace {

using std::chrono::milliseconds;

/// A peer that gives every request on a connection the same answer, and remembers what it was asked.
struct Answering {
  explicit Answering(std::string answer, bool close_after = false)
      : peer([this, text = std::move(answer), close_after](TestSocket& socket) {
          for (;;) {
            const std::string request = socket.hear_until("\r\n\r\n");
            if (request.empty()) return;
            {
              const std::lock_guard lock(mutex);
              asked.push_back(request);
            }
            socket.say(text);
            if (close_after) return;
          }
        }) {}
  std::string first() {
    const std::lock_guard lock(mutex);
    return asked.at(0);
  }

  std::mutex mutex;
  std::vector<std::string> asked;
  TestPeer peer;
};

Client client_of(const TestPeer& peer) {
  return Client(ClientOptions{.base_url = peer.url()});
}

TEST(Client, AsksTheEnvironmentForAProxyOnlyIfToldTo) {
  Answering proxy("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
  Answering peer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npeer");
  const auto answer = [&](bool asks, const char* no_proxy) {
    ::setenv("http_proxy", proxy.peer.url().c_str(), 1);
    ::setenv("no_proxy", no_proxy, 1);
    Client client({.base_url = peer.peer.url(), .proxy_of_environment = asks});
    const auto response = client.get("/a");
    ::unsetenv("http_proxy");
    ::unsetenv("no_proxy");
    return response ? response->body : response.error().message();
  };
  EXPECT_EQ(answer(false, ""), "peer");
  EXPECT_EQ(answer(true, ""), "proxy");
  EXPECT_EQ(answer(true, "127.0.0.1"), "peer");
}

TEST(Client, ShowsTheHeadOfAnAnswerBeforeItsBody) {
  for (const std::string body : {"hello", ""}) {
    Answering answering("HTTP/1.1 200 OK\r\nX-Part: one\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
    Client client = client_of(answering.peer);
    std::string heard;
    const auto sink = [&](ByteView bytes) -> Result<> {
      heard += as_text(bytes);
      return {};
    };
    CallOptions call;
    int heads = 0;
    call.head = [&](const Response& head) -> Result<> {
      EXPECT_EQ(heard, "");
      EXPECT_EQ(head.headers.get("X-Part"), "one");
      ++heads;
      return {};
    };
    EXPECT_TRUE(client.get_to("/file", sink, call));
    EXPECT_EQ(heads, 1);
    EXPECT_EQ(heard, body);
    heard.clear();
    call.head = [](const Response&) -> Result<> { return fail(Errc::conflict, "another file"); };
    EXPECT_EQ(client.get_to("/file", sink, call).error().code, Errc::conflict);
    EXPECT_EQ(heard, "");
  }
}

TEST(Client, KeepsItsConnectionBetweenRequests) {
  Answering answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Part: one\r\n\r\nhello");
  {
    Client client = client_of(answering.peer);
    for (int i = 0; i < 3; ++i) {
      const auto response = client.get("/a?b=c");
      ASSERT_TRUE(response) << response.error().message();
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, "hello");
      EXPECT_EQ(response->headers.get("x-part"), "one");
    }
    EXPECT_EQ(answering.peer.connections(), 1);
  }
  EXPECT_TRUE(answering.first().starts_with("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_EQ(answering.first().find("Accept-Encoding"), std::string::npos);
}

TEST(Client, SendsCredentialsAndNeverNamesThem) {
  Answering answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  const auto access =
      std::make_shared<Live<Access>>(Access{.username = "orthanc", .password = Private<std::string>("s3cr3t")});
  Client client(ClientOptions{.base_url = answering.peer.url(), .access = access});
  const auto response = client.get("/studies?PatientID=CANARY");
  ASSERT_TRUE(response);
  const auto judged = expect_success(*response);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, Errc::unauthorized);
  EXPECT_NE(answering.first().find("Authorization: Basic b3J0aGFuYzpzM2NyM3Q="), std::string::npos);
  EXPECT_EQ(judged.error().message().find("s3cr3t"), std::string::npos);
}

TEST(Client, TakesAnotherPasswordWithTheNextCallOnANewConnection) {
  TestPeer peer([](TestSocket& socket) {
    for (std::string request = socket.hear_until("\r\n\r\n"); !request.empty();
         request = socket.hear_until("\r\n\r\n")) {
      const bool is_new = request.find("Authorization: Basic YTpuZXc=") != request.npos;  // a:new
      socket.say(is_new ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                        : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    }
  });
  const auto access = std::make_shared<Live<Access>>(Access{.username = "a", .password = Private<std::string>("old")});
  Client client(ClientOptions{.base_url = peer.url(), .access = access});
  EXPECT_EQ(client.get("/").value().status, 401);
  EXPECT_EQ(client.get("/").value().status, 401);
  EXPECT_EQ(peer.connections(), 1);
  access->set(Access{.username = "a", .password = Private<std::string>("new")});
  EXPECT_EQ(client.get("/").value().status, 200);
  EXPECT_EQ(peer.connections(), 2);
}

TEST(Client, PostsABodyWithTheHeadersOfTheCall) {
  TestPeer peer([](TestSocket& socket) {
    const std::string request = socket.hear_until("{\"a\":1}");
    const bool good = request.find("Content-Type: application/json\r\n") != request.npos &&
                      request.find("Content-Length: 7\r\n") != request.npos && request.find("Expect") == request.npos;
    socket.say(good ? "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
  });
  Client client = client_of(peer);
  CallOptions call;
  call.headers.add("Content-Type", "application/json");
  const auto response = client.post("/x", "{\"a\":1}", call);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201);
}

ByteSupply supply_of(const std::string& bytes) {
  return [&bytes](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
    const ByteView rest = as_bytes(bytes).subspan(offset);
    const std::size_t count = std::min({into.size(), rest.size(), std::size_t{1'000}});
    std::copy_n(rest.begin(), count, into.begin());
    return count;
  };
}

TEST(Client, SendsABodyAsItIsSupplied) {
  const std::string body = std::string(300'000, 'x') + "<end>";
  TestPeer peer([&](TestSocket& socket) {
    const std::string request = socket.hear_until("<end>");
    const bool good = request.starts_with("POST /in HTTP/1.1\r\n") && request.ends_with("\r\n\r\n" + body) &&
                      request.find(format("Content-Length: {}\r\n", body.size())) != request.npos;
    socket.say(good ? "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
  });
  const auto response = client_of(peer).send_from("POST", "/in", body.size(), supply_of(body));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 201);
}

TEST(Client, SendsABodyFromItsStartWhenTheKeptConnectionIsGone) {
  const std::string body = "all of it<end>";
  std::vector<std::string> heard;
  TestPeer peer([&](TestSocket& socket) {
    heard.push_back(socket.hear_until("<end>"));
    socket.say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  });
  Client client = client_of(peer);
  for (int i = 0; i < 2; ++i) {
    const auto response = client.send_from("POST", "/in", body.size(), supply_of(body));
    ASSERT_TRUE(response) << response.error().message();
  }
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_TRUE(heard[1].ends_with("\r\n\r\n" + body));
}

TEST(Client, ReturnsTheErrorOfASupplyAndTellsOneThatEndsEarly) {
  TestPeer peer([](TestSocket& socket) { socket.hear_all(); });
  Client client = client_of(peer);
  const auto broken = client.send_from("POST", "/in", 10, [](std::uint64_t, std::span<std::byte>) {
    return Result<std::size_t>(fail(Errc::internal, "the disk is broken"));
  });
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().what, "the disk is broken");
  const std::string body = "short";
  const auto early = client.send_from("POST", "/in", 10, supply_of(body));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::corrupted);
}

TEST(Client, DoesNotFollowARedirect) {
  Answering answering("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
  Client client = client_of(answering.peer);
  const auto response = client.get("/");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(expect_success(*response).error().code, Errc::invalid);
}

TEST(Client, RefusesOtherProtocolsAndHeaderInjection) {
  Client files(ClientOptions{.base_url = "file:///etc"});
  EXPECT_EQ(files.get("/passwd").error().code, Errc::invalid);
  Client client(ClientOptions{.base_url = "http://127.0.0.1:1"});
  CallOptions call;
  call.headers.add("X-A", "b\r\nX-C: d");
  EXPECT_EQ(client.get("/", call).error().code, Errc::invalid);
  EXPECT_EQ(client.request("GET /x", "/").error().code, Errc::invalid);
  EXPECT_EQ(client.get("no-slash").error().code, Errc::invalid);
}

TEST(Client, CallsAnAbsentPeerUnavailableWithoutTheQuery) {
  std::uint16_t port = 0;
  {
    port = TestPeer([](TestSocket&) {}).port();
  }
  Client client(ClientOptions{.base_url = "http://user:pw@127.0.0.1:" + std::to_string(port)});
  const auto response = client.get("/studies?PatientID=CANARY");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_EQ(response.error().message().find("CANARY"), std::string::npos);
  EXPECT_EQ(response.error().message().find("pw"), std::string::npos);
}

TEST(Client, CallsABodyShorterThanItsLengthTruncated) {
  Answering answering("HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n0123456789", true);
  Client client = client_of(answering.peer);
  std::string kept;
  const auto response = client.get_to("/file", [&](ByteView bytes) -> Result<> {
    kept += as_text(bytes);
    return {};
  });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_NE(response.error().message().find("truncated"), std::string::npos);
  EXPECT_EQ(kept, "0123456789");
}

TEST(Client, CallsAChunkedBodyWithoutItsEndUnavailable) {
  Answering answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true);
  Client client = client_of(answering.peer);
  const auto response = client.get("/file");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
}

TEST(Client, KeepsTheBodyOfARefusalFromTheSink) {
  Answering answering("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
  Client client = client_of(answering.peer);
  bool called = false;
  const auto response = client.get_to("/file", [&](ByteView) -> Result<> {
    called = true;
    return {};
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "gone");
  EXPECT_FALSE(called);
}

TEST(Client, ReturnsTheErrorOfTheSink) {
  Answering answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  Client client = client_of(answering.peer);
  const auto response = client.get_to("/file", [&](ByteView) -> Result<> { return fail(Errc::full, "no space"); });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::full);
}

TEST(Client, BoundsTheBodyAndTheHeaderOfAnAnswer) {
  Answering answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  Client client = client_of(answering.peer);
  CallOptions call;
  call.body_limit_bytes = 4;
  EXPECT_EQ(client.get("/", call).error().code, Errc::too_large);

  std::string header = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 300; ++i) header += "X-Fill: " + std::string(1000, 'x') + "\r\n";
  Answering endless(header + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(client_of(endless.peer).get("/").error().code, Errc::too_large);
}

TEST(Client, CallsASilentPeerTimedOut) {
  TestPeer peer([](TestSocket& socket) {
    socket.hear_until("\r\n\r\n");
    socket.hear_all();  // until the client gives up
  });
  Client client(ClientOptions{.base_url = peer.url(), .stall_timeout = milliseconds(50)});
  const auto response = client.get("/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::timeout);
  EXPECT_EQ(response.error().what, peer.url() + " has accepted the connection and has not answered for 0 s");
}

TEST(Client, SaysTheSameOfAPeerThatIsSilentBeforeTls) {
  TestPeer peer([](TestSocket& socket) { socket.hear_all(); });
  Client client({.base_url = "https" + peer.url().substr(4), .peer = "A at B", .connect_timeout = milliseconds(50)});
  const auto response = client.get("/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::timeout);
  EXPECT_EQ(response.error().what, "A at B has accepted the connection and has not answered for 0 s");
}

TEST(Client, TellsAPeerThatStopsInTheMiddleFromOneThatIsSilent) {
  TestPeer peer([](TestSocket& socket) {
    socket.hear_until("\r\n\r\n");
    socket.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123");
    socket.hear_all();
  });
  Client client({.base_url = peer.url(), .peer = "A at B", .stall_timeout = milliseconds(50)});
  const auto response = client.get("/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::timeout);
  EXPECT_EQ(response.error().what, "A at B stopped in the middle of its answer: no byte came for 0 s");
}

TEST(Client, EndsAnEventStreamWhenAskedTo) {
  TestPeer peer([](TestSocket& socket) {
    socket.hear_until("\r\n\r\n");
    socket.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    socket.hear_all();
  });
  std::stop_source stop;
  CallOptions call;
  call.stop = stop.get_token();
  Client client = client_of(peer);
  std::string kept;
  const auto response = client.get_to(
      "/events",
      [&](ByteView bytes) -> Result<> {
        kept += as_text(bytes);
        stop.request_stop();
        return {};
      },
      call);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::cancelled);
  EXPECT_EQ(kept, "data: 1\n\n");
}

}  // namespace
}  // namespace dmw::http
