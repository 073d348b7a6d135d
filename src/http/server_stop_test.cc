// What a server that stops does with those it still serves.
#include <latch>

#include <gmock/gmock.h>

#include "http/test_serving.h"

namespace dmw::http {
namespace {

using testing::StartsWith;

TEST(ServerStop, StopsPolitely) {
  Mailbox<Responder> waiting;
  Mailbox<Stream> streams;
  Mailbox<int> running;
  std::latch release(1);
  std::latch ended(1);
  Serving serving(
      {hello(),
       route("GET", "/wait",
             [&](const Request&, Responder responder) {
               responder.wait([&] { ended.count_down(); });
               waiting.put(std::move(responder));
             }),
       route("GET", "/events",
             [&](const Request&, Responder r) { streams.put(r.stream(200, {{"Content-Type", "text/event-stream"}})); }),
       route("GET", "/busy", [&](const Request&, Responder responder) {
         running.put(1);
         release.wait();
         responder.send(plain("finished"));
       })});
  auto idle = TestSocket::connect(serving.port());
  idle.say(get("/hello"));
  idle.hear_until("hello");
  auto waiter = TestSocket::connect(serving.port());
  waiter.say(get("/wait"));
  Responder responder = waiting.get();
  auto listener = TestSocket::connect(serving.port());
  listener.say(get("/events"));
  Stream stream = streams.get();
  stream.write("data: last\n\n");
  auto busy = TestSocket::connect(serving.port());
  busy.say(get("/busy"));
  running.get();

  std::thread stopping([&] { serving.server->stop(kPatience); });
  EXPECT_EQ(idle.hear_all(), "");
  ended.wait();
  EXPECT_THAT(waiter.hear_all(), StartsWith("HTTP/1.1 503 "));
  EXPECT_TRUE(listener.hear_all().ends_with("data: last\n\n\r\n0\r\n\r\n"));
  EXPECT_FALSE(stream.write("more"));
  release.count_down();
  EXPECT_TRUE(busy.hear_all().ends_with("finished"));
  stopping.join();
  responder.send(plain("long after"));
}

TEST(ServerStop, CutsWhatIsLeftWhenItsPatienceIsOver) {
  Mailbox<Responder> held;
  Serving serving(
      {route("GET", "/held", [&](const Request&, Responder responder) { held.put(std::move(responder)); })});
  auto socket = TestSocket::connect(serving.port());
  socket.say(get("/held"));
  Responder responder = held.get();
  serving.server->stop(std::chrono::milliseconds(10));
  EXPECT_EQ(socket.hear_all(), "");
  serving.server.reset();
  responder.send(plain("nobody hears"));
}

}  // namespace
}  // namespace dmw::http
