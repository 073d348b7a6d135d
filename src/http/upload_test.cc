#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/deflate.h"
#include "base/digest.h"
#include "http/test_serving.h"

namespace dmw::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

Route upload(UploadFunction function) {
  return Route{.method = "POST", .path = "/upload", .scope = Scope::ingest, .upload = std::move(function)};
}

/// Says how much came and what, or why not.
void read_all(const Request&, BodyReader& body, Responder responder) {
  Sha256 digest;
  std::uint64_t size = 0;
  for (;;) {
    const Result<ByteView> bytes = body.next();
    if (!bytes) return responder.send(body_problem(bytes.error()));
    if (bytes->empty()) return responder.send(plain(format("{} {}", size, digest.finish().hex())));
    digest.update(*bytes);
    size += bytes->size();
  }
}

std::string read_as(std::string_view text) {
  return format("{} {}", text.size(), Sha256::of(as_bytes(text)).hex());
}
std::string some_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24U);
  return bytes;
}
CallOptions bytes_call() {
  CallOptions call;
  call.headers.add("Content-Type", "application/octet-stream");
  return call;
}
std::string head(std::string_view more) {
  return format("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n{}\r\n", more);
}
std::string chunked(std::string_view body, std::size_t chunk) {
  std::string text = head("Transfer-Encoding: chunked\r\n");
  for (; !body.empty(); body.remove_prefix(std::min(chunk, body.size()))) {
    const std::string_view data = body.substr(0, chunk);
    text += format("{:x}\r\n{}\r\n", data.size(), data);
  }
  return text + "0\r\n\r\n";
}

TEST(Upload, TakesBodiesOfAnySizeAndKeepsTheConnection) {
  Serving serving({upload(read_all)});
  Client client = serving.client();
  for (const std::size_t size : {0U, 1U, 200'000U, 5'000'000U}) {
    const std::string body = some_bytes(size);
    EXPECT_EQ(client.post("/upload", body, bytes_call()).value().body, read_as(body));
  }
  auto socket = TestSocket::connect(serving.port());
  const std::string body = some_bytes(700'000);
  for (const std::size_t chunk : {1'000U, 131'072U, 700'000U}) {
    socket.say(chunked(body, chunk));
    EXPECT_THAT(socket.hear_until(read_as(body)), HasSubstr("200 OK"));
  }
}

TEST(Upload, ReadsNoFasterThanItsRoute) {
  Mailbox<bool> go_on;
  Serving serving({upload([&](const Request& request, BodyReader& body, Responder responder) {
    go_on.get();
    read_all(request, body, std::move(responder));
  })});
  const std::string body = some_bytes(24 << 20);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int small = 256 << 10;
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  auto socket = TestSocket::connect(serving.port(), descriptor);
  std::string_view rest = body;
  socket.say(head(format("Content-Length: {}\r\n", body.size())));
  // Until the buffers between here and there are full and stay so.
  for (int still = 0; still < 10;) {
    const auto sent = ::send(descriptor, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    still = sent > 0 ? 0 : still + 1;
    pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
    ::poll(&ready, 1, 10);
  }
  EXPECT_GT(rest.size(), body.size() / 2);
  go_on.put(true);
  socket.say(rest);
  EXPECT_THAT(socket.hear_until(read_as(body)), HasSubstr("200 OK"));
}

TEST(Upload, JudgesTheCallerBeforeItsBody) {
  Router router({upload(read_all)});
  router.authorize([](Request& request, Scope) -> std::optional<Problem> {
    if (request.header("X-Key")) return std::nullopt;
    return Problem::of(401, "who are you");
  });
  Serving serving(std::move(router));
  const std::string refused = serving.raw(head("Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(refused, HasSubstr("Connection: close"));

  auto socket = TestSocket::connect(serving.port());
  socket.say(head("X-Key: 1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(socket.hear_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.say("hello");
  EXPECT_THAT(socket.hear_until(read_as("hello")), StartsWith("HTTP/1.1 200"));
}

TEST(Upload, MayBeAnsweredBeforeItsEnd) {
  Serving serving({upload([](const Request&, BodyReader& body, Responder responder) {
    EXPECT_TRUE(body.next());
    responder.send(Problem::of(413, "too much"));
    Result<ByteView> bytes = body.next();
    while (bytes) bytes = body.next();  // some may have been on its way
    EXPECT_EQ(bytes.error().code, Errc::cancelled);
  })});
  auto socket = TestSocket::connect(serving.port());
  socket.say(head("Content-Length: 4294967296\r\n") + some_bytes(10'000'000));
  const std::string heard = socket.hear_all();
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(heard, HasSubstr("Connection: close"));
}

TEST(Upload, EndsWithAClientThatGoesOrIsSilent) {
  Mailbox<Errc> ended;
  ServerOptions options;
  options.body_timeout = milliseconds(100);
  Serving serving({upload([&](const Request&, BodyReader& body, Responder responder) {
                    Result<ByteView> bytes = body.next();
                    while (bytes && !bytes->empty()) bytes = body.next();
                    ended.put(bytes ? Errc::internal : bytes.error().code);
                    responder.send(body_problem(bytes.error()));
                  })},
                  options);
  {
    auto socket = TestSocket::connect(serving.port());
    socket.say(head("Content-Length: 4294967296\r\n") + "ten bytes.");
  }
  EXPECT_EQ(ended.get(), Errc::unavailable);
  EXPECT_THAT(serving.raw(head("Content-Length: 4294967296\r\n") + "ten bytes."), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(ended.get(), Errc::timeout);
  EXPECT_THAT(serving.raw(head("Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\nnonsense\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(ended.get(), Errc::invalid);
  // One that trickles is as good as silent.
  auto socket = TestSocket::connect(serving.port());
  socket.say(head("Transfer-Encoding: chunked\r\n"));
  std::atomic<bool> over = false;
  std::thread trickle([&] {
    while (!over) {
      socket.say("1\r\nx\r\n");
      pollfd nothing{.fd = -1, .events = 0, .revents = 0};
      ::poll(&nothing, 1, 5);
    }
  });
  EXPECT_EQ(ended.get(), Errc::timeout);
  over = true;
  trickle.join();
}

TEST(Upload, LeavesTheOtherRoutesAlone) {
  Mailbox<bool> begun;
  ServerOptions options;
  options.uploads_max = 2;
  options.workers = 1;
  const Route hello =
      route("GET", "/hello", [](const Request&, Responder responder) { responder.send(plain("hello")); });
  Serving serving({hello, upload([&](const Request& request, BodyReader& body, Responder responder) {
                     begun.put(true);
                     read_all(request, body, std::move(responder));
                   })},
                  options);
  auto first = TestSocket::connect(serving.port());
  auto second = TestSocket::connect(serving.port());
  for (auto* const socket : {&first, &second}) {
    socket->say(head("Content-Length: 3\r\n") + "ab");
    begun.get();
  }
  const std::string refused = serving.raw(head("Content-Length: 3\r\n") + "abc");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("Retry-After"));
  EXPECT_EQ(serving.client().get("/hello").value().body, "hello");
  for (auto* const socket : {&first, &second}) {
    socket->say("c");
    EXPECT_THAT(socket->hear_until(read_as("abc")), StartsWith("HTTP/1.1 200"));
  }
}

TEST(Upload, IsToldWhenTheServerStops) {
  Mailbox<bool> begun;
  Serving serving({upload([&](const Request& request, BodyReader& body, Responder responder) {
    EXPECT_TRUE(body.next());
    begun.put(true);
    read_all(request, body, std::move(responder));
  })});
  auto socket = TestSocket::connect(serving.port());
  socket.say(head("Content-Length: 3\r\n") + "ab");
  begun.get();
  std::thread stopping([&] { serving.server->stop(kPatience); });
  EXPECT_THAT(socket.hear_all(), StartsWith("HTTP/1.1 503"));
  socket.close();
  stopping.join();
}

TEST(Upload, InflatesWhatIsEncoded) {
  Serving serving({upload(read_all)});
  const std::string body = some_bytes(300'000) + std::string(2'000'000, 'x');
  CallOptions call = bytes_call();
  call.headers.add("Content-Encoding", "gzip");
  const auto post = [&](const std::string& bytes) {
    return serving.client().request("POST", "/upload", bytes, call).value();
  };
  const std::string packed = deflated(body, Wrapping::gzip);
  EXPECT_EQ(post(packed).body, read_as(body));
  EXPECT_EQ(post(packed + packed).body, read_as(body + body));
  EXPECT_EQ(post(packed.substr(0, packed.size() - 1)).status, 400);
  EXPECT_EQ(post("no gzip").status, 400);
  EXPECT_EQ(post("").status, 400);
  call.headers.set("Content-Encoding", "br");
  const auto refused = post(packed);
  EXPECT_EQ(refused.status, 415);
  EXPECT_EQ(refused.headers.get("Accept-Encoding"), "gzip");
}

TEST(Upload, RefusesABombForItsRatio) {
  Serving serving({upload(read_all)});
  // 320 MiB of nothing, in 20 members: what passes through here and there is small.
  const std::string member = deflated(std::string(16 << 20, '\0'), Wrapping::gzip);
  std::string bomb;
  for (int i = 0; i < 20; ++i) bomb += member;
  CallOptions call = bytes_call();
  call.headers.add("Content-Encoding", "gzip");
  const auto refused = serving.client().request("POST", "/upload", bomb, call).value();
  EXPECT_EQ(refused.status, 413);
  EXPECT_THAT(refused.body, HasSubstr("100 times its size"));
}

}  // namespace
}  // namespace dmw::http
