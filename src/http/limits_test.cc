// What strangers can take of a server: seats, memory and time; and what is left for others then.
#include <filesystem>

#include <gmock/gmock.h>
#include <poll.h>

#include "http/seats.h"
#include "http/test_serving.h"
#include "testing/scratch_folder.h"

namespace dmw::http {
namespace {

using std::chrono::milliseconds;
using testing::StartsWith;

TEST(Seats, AreCountedForEachOwner) {
  EXPECT_NE(Seats::owner_of("10.0.0.1"), Seats::owner_of("10.0.0.2"));
  EXPECT_EQ(Seats::owner_of("2001:db8::1"), Seats::owner_of("2001:db8::ffff:1")) << "one network of IPv6";
  EXPECT_NE(Seats::owner_of("2001:db8::1"), Seats::owner_of("2001:db8:0:1::1"));
  Seats seats(3, 2);
  const auto a = Seats::owner_of("10.0.0.1");
  const auto b = Seats::owner_of("10.0.0.2");
  auto first = seats.enter(a);
  auto second = seats.enter(a);
  EXPECT_FALSE(seats.enter(a)) << "its share is full";
  auto third = seats.enter(b);
  ASSERT_TRUE(third);
  EXPECT_FALSE(seats.enter(b)) << "all are taken";
  first.reset();
  EXPECT_TRUE(seats.enter(b));
}

TEST(Seats, GiveWayWhereTheMostAreAndTheLongestFirst) {
  Seats seats(4, 4);
  const auto many = Seats::owner_of("10.0.0.1");
  const auto few = Seats::owner_of("10.0.0.2");
  std::vector<int> gone;
  const auto sit = [&](const Seats::Owner& owner, int number) {
    auto seat = seats.enter(owner);
    seat->wait([&gone, number] { gone.push_back(number); });
    return seat;
  };
  auto lone = sit(few, 0);
  auto one = sit(many, 1);
  auto two = sit(many, 2);
  auto three = sit(many, 3);
  EXPECT_TRUE(one->begin());
  auto next = seats.enter(few);
  ASSERT_TRUE(next);
  EXPECT_EQ(gone, std::vector<int>{2}) << "the longest of those that wait, and not the lone one";
  EXPECT_FALSE(two->begin());
  EXPECT_TRUE(lone->begin());
  EXPECT_TRUE(three->begin());
  EXPECT_FALSE(seats.enter(few)) << "nobody waits";
  EXPECT_FALSE(seats.wait_for_none(std::chrono::steady_clock::now()));
  for (auto* seat : {&lone, &one, &two, &three, &next}) seat->reset();
  EXPECT_TRUE(seats.wait_for_none(std::chrono::steady_clock::now()));
}

TEST(AnswerBudget, WaitsForRoomAndGivesItBack) {
  const auto budget = std::make_shared<AnswerBudget>(100, milliseconds(0));
  auto some = budget->take(60).value();
  EXPECT_EQ(budget->take(50).error().code, Errc::unavailable);
  some.shrink(50);
  auto more = budget->take(50).value();
  some.join(std::move(more));
  EXPECT_EQ(some.bytes(), 100U);
  some = {};
  EXPECT_EQ(budget->take(1'000'000).value().bytes(), 100U) << "the only one";
  EXPECT_TRUE(budget->take(100));
}

TestSocket connect_from(const char* address, std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &from.sin_addr);
  ASSERT(::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0);
  return TestSocket::connect(port, descriptor);
}

TEST(Server, LetsIdleConnectionsGiveWay) {
  ServerOptions options;
  options.connections_max = 3;
  options.connections_of_one_max = 3;
  Serving serving({hello()}, std::move(options));
  std::vector<TestSocket> idle;
  for (int i = 0; i < 3; ++i) {
    idle.push_back(TestSocket::connect(serving.port()));
    idle.back().say(get("/hello"));
    EXPECT_TRUE(idle.back().hear_until("hello").ends_with("hello"));
  }
  EXPECT_TRUE(serving.raw(get("/hello", "Connection: close\r\n")).ends_with("hello"));
  EXPECT_EQ(idle[0].hear_all(), "") << "it waited the longest";
  // One that says half of a head is no better than one that says nothing.
  for (int i = 0; i < 3; ++i) {
    idle.push_back(TestSocket::connect(serving.port()));
    idle.back().say("GET /hel");
  }
  EXPECT_TRUE(serving.raw(get("/hello", "Connection: close\r\n")).ends_with("hello"));
}

Route held(Mailbox<Responder>& box) {
  return route("GET", "/held", [&box](const Request&, Responder responder) { box.put(std::move(responder)); });
}

TEST(Server, KeepsSeatsForOtherAddressesAndForItsOwner) {
  const ScratchFolder folder;
  const auto path = folder / "socket";
  Mailbox<Responder> box;
  ServerOptions options;
  options.connections_max = 4;
  options.connections_of_one_max = 3;
  options.unix_socket = path;
  Serving serving({hello(), held(box)}, std::move(options));
  std::vector<TestSocket> busy;
  std::vector<Responder> responders;
  const auto keep_busy = [&](TestSocket socket) {
    busy.push_back(std::move(socket));
    busy.back().say(get("/held"));
    responders.push_back(box.get());
  };
  for (int i = 0; i < 3; ++i) keep_busy(TestSocket::connect(serving.port()));
  EXPECT_THAT(TestSocket::connect(serving.port()).hear_all(), StartsWith("HTTP/1.1 503 "));
  keep_busy(connect_from("127.0.0.2", serving.port()));
  EXPECT_THAT(connect_from("127.0.0.3", serving.port()).hear_all(), StartsWith("HTTP/1.1 503 "));
  Client owner(ClientOptions{.base_url = "http://localhost", .unix_socket = path});
  EXPECT_EQ(owner.get("/hello").value().body, "hello");
  for (auto& responder : responders) responder.send(plain("done"));
}

/// Says a byte every few milliseconds until the other end has enough of it; false when it takes all of them.
bool drips_until_closed(TestSocket& socket, int descriptor) {
  for (const auto until = std::chrono::steady_clock::now() + kPatience; std::chrono::steady_clock::now() < until;) {
    socket.say("x");
    pollfd closed{descriptor, POLLIN | POLLRDHUP, 0};
    if (::poll(&closed, 1, 5) > 0) return true;
  }
  return false;
}

TEST(Server, GivesABodyATimeAltogether) {
  ServerOptions options;
  options.body_timeout = milliseconds(50);
  Serving serving({route("POST", "/echo",
                         [](const Request& request, Responder responder) { responder.send(plain(request.body)); })},
                  std::move(options));
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto socket = TestSocket::connect(serving.port(), descriptor);
  socket.say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n");
  EXPECT_TRUE(drips_until_closed(socket, descriptor));
}

TEST(Server, CutsAClientThatTakesItsAnswerByTheByte) {
  ServerOptions options;
  options.body_timeout = milliseconds(50);
  Serving serving(
      {route("GET", "/big", [](const Request&, Responder r) { r.send(plain(std::string(64 << 20, 'x'))); })},
      std::move(options));
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto socket = TestSocket::connect(serving.port(), descriptor);
  socket.say(get("/big"));
  std::atomic<bool> stopped = false;
  std::thread reader([&] {
    char byte = 0;
    while (!stopped && ::recv(descriptor, &byte, 1, 0) == 1) {
      pollfd nothing{-1, 0, 0};
      ::poll(&nothing, 1, 5);
    }
  });
  const auto before = std::chrono::steady_clock::now();
  serving.server->stop(kPatience);  // waits for the connection
  EXPECT_LT(std::chrono::steady_clock::now() - before, kPatience / 2);
  stopped = true;
  ::shutdown(descriptor, SHUT_RDWR);
  reader.join();
}

TEST(Server, BoundsAllAnswersTogether) {
  constexpr std::size_t large = 32 << 20;  // more than the buffers of two sockets
  ServerOptions options;
  options.answers_limit_bytes = 2 * large;
  options.answers_patience = milliseconds(50);
  Serving serving(
      {hello(), route("GET", "/big", [](const Request&, Responder r) { r.send(plain(std::string(large, 'x'))); })},
      std::move(options));
  std::vector<TestSocket> readers;
  for (int i = 0; i < 2; ++i) {
    readers.push_back(TestSocket::connect(serving.port()));
    readers.back().say(get("/big", "Connection: close\r\n"));
    EXPECT_THAT(readers.back().hear_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  }
  const std::string refused = serving.raw(get("/big", "Connection: close\r\n"));
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, testing::HasSubstr("Retry-After: "));
  EXPECT_TRUE(serving.raw(get("/hello", "Connection: close\r\n")).ends_with("hello")) << "what is small gets through";
  EXPECT_GT(readers[0].hear_all().size(), large / 2);
  EXPECT_EQ(serving.client().get("/big").value().body.size(), large);
}

TEST(Server, CountsPiecesThatArePulledAndStreams) {
  Mailbox<Stream> streams;
  ServerOptions options;
  options.answers_limit_bytes = kPieceBytes;
  options.answers_patience = milliseconds(0);
  Serving serving({route("GET", "/pulled",
                         [](const Request&, Responder r) {
                           Answer answer;
                           answer.body = PulledBody{1ULL << 30U, [] { return std::string(kPieceBytes, 'x'); }};
                           r.send(std::move(answer));
                         }),
                   route("GET", "/events",
                         [&](const Request&, Responder r) {
                           streams.put(r.stream(200, {{"Content-Type", "text/event-stream"}}));
                         })},
                  std::move(options));
  auto reader = TestSocket::connect(serving.port());
  reader.say(get("/pulled"));
  EXPECT_THAT(reader.hear_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(serving.raw(get("/pulled", "Connection: close\r\n")), StartsWith("HTTP/1.1 503 "));
  auto listener = TestSocket::connect(serving.port());
  listener.say(get("/events"));
  Stream stream = streams.get();
  EXPECT_FALSE(stream.write(std::string(kUncountedBytes + 1, 'x'))) << "there is no room for it now";
  EXPECT_TRUE(stream.write("small"));
}

}  // namespace
}  // namespace dmw::http
