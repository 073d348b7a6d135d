#include "http/request_reader.h"

#include <vector>

#include <gtest/gtest.h>

#include "http/test_wire.h"

namespace dmw::http {
namespace {

Route taking(std::string method, std::string path) {
  return Route{.method = std::move(method),
               .path = std::move(path),
               .scope = Scope::open,
               .function = [](const Request&, Responder) {}};
}

/// A reader, and what it handed on.
class RequestReaderTest : public testing::Test, private RequestReader::Taker {
 protected:
  ~RequestReaderTest() override { end->finish(); }
  void await() {
    reader.start();
    reader.await();
  }
  bool until_handed_on(std::size_t count) {
    return end->run_until([&] { return taken.size() + refused.size() >= count; });
  }
  bool until_closed() {
    return end->run_until([&] { return end->wire.is_closed(); });
  }

  std::shared_ptr<TestWire> end = TestWire::make();
  Shared shared{{.header_limit_bytes = 1024}, Router({taking("GET", "/a"), taking("POST", "/b")})};
  RequestReader reader{shared, end->wire, *this};
  std::vector<Turn> taken;
  std::vector<std::pair<Turn, int>> refused;
  bool gives_way = false;

 private:
  bool begin() override { return !gives_way; }
  void take(Turn turn) override { taken.push_back(std::move(turn)); }
  void take_upload(Turn turn) override { taken.push_back(std::move(turn)); }
  void upload_read() override {}
  void refuse(Turn turn, const Problem& problem) override { refused.emplace_back(std::move(turn), problem.status); }
};

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(RequestReaderTest, HandsOnOneRequestForEachAwaitThoughMoreHaveCome) {
  end->peer.say(kGet);
  end->peer.say("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody");
  await();
  EXPECT_TRUE(reader.is_idle());
  ASSERT_TRUE(until_handed_on(1));
  EXPECT_FALSE(reader.is_idle());
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].request->method, "GET");
  EXPECT_TRUE(taken[0].keep_alive);
  end->context.poll();
  EXPECT_EQ(taken.size(), 1U) << "the second waits until it is asked for";
  reader.await();
  ASSERT_TRUE(until_handed_on(2));
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[1].request->body, "body");
  EXPECT_EQ(taken[1].route->path, "/b");
}

TEST_F(RequestReaderTest, ARefusedRequestKeepsTheConnectionAliveOnlyWhenItWasReadToItsEnd) {
  end->peer.say("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await();
  ASSERT_TRUE(until_handed_on(1));
  EXPECT_EQ(refused[0].second, 404);
  EXPECT_TRUE(refused[0].first.keep_alive);
  end->peer.say("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n");
  reader.await();
  ASSERT_TRUE(until_handed_on(2));
  EXPECT_EQ(refused[1].second, 404);
  EXPECT_FALSE(refused[1].first.keep_alive) << "its body would be taken for a request";
}

TEST_F(RequestReaderTest, WhatIsNoRequestIsRefusedWithATurnOfItsOwn) {
  end->peer.say("GET /a HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  await();
  ASSERT_TRUE(until_handed_on(1));
  EXPECT_EQ(refused[0].second, 431);
  ASSERT_TRUE(refused[0].first.request);
  EXPECT_FALSE(refused[0].first.keep_alive);
}

TEST_F(RequestReaderTest, HandsNothingOnWhenItsConnectionHasToGiveWay) {
  gives_way = true;
  end->peer.say(kGet);
  await();
  ASSERT_TRUE(end->run_until([&] { return !reader.is_idle(); }));
  end->context.poll();
  EXPECT_TRUE(taken.empty());
  EXPECT_TRUE(refused.empty());
}

TEST_F(RequestReaderTest, ClosesTheWireOfAClientThatGoesAwayInTheMiddle) {
  end->peer.say("GET /a HTT");
  await();
  ASSERT_TRUE(end->run_until([&] { return !reader.is_idle(); }));
  end->peer.close();
  EXPECT_TRUE(until_closed());
  EXPECT_TRUE(taken.empty());
  EXPECT_TRUE(refused.empty());
}

TEST_F(RequestReaderTest, WithoutAnUploadThereIsNothingToEnd) {
  EXPECT_TRUE(reader.end_upload());
  reader.fail_upload({Errc::cancelled, "the server is stopping", {}});
  reader.feed_on();
  reader.drop();
}

}  // namespace
}  // namespace dmw::http
