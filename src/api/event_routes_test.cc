#include <gmock/gmock.h>

#include "api/test_api.h"

namespace dmw::api {
namespace {

using testing::HasSubstr;
using testing::Not;

class EventRoutes : public ApiTest {
 protected:
  http::TestSocket stream(std::string_view query, std::string_view headers = "") {
    auto socket = http::TestSocket::connect(port());
    socket.say(format("GET /api/v1/events/stream{} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", query, headers));
    return socket;
  }
  void forget_first(int count) {
    ASSERT_TRUE(database_->write([&](db::Transaction& transaction) {
      return transaction.query("delete from events where position <= $1", {std::int64_t{count}});
    }));
  }
};

TEST_F(EventRoutes, PagesThroughTheLogWithoutAGap) {
  append_events(5);
  start();
  std::vector<std::int64_t> positions;
  std::int64_t after = 0;
  for (;;) {
    const json::object page = ask(format("/api/v1/events?after={}&limit=2", after));
    EXPECT_EQ(json::get_int(page, "last_position"), 5);
    if (page.at("events").as_array().empty()) break;
    for (const auto& event : page.at("events").as_array()) {
      positions.push_back(json::get_int(event.as_object(), "position").value());
      EXPECT_EQ(json::get_string(event.as_object(), "event_type"), "study.received");
    }
    after = json::get_int(page, "next_after").value();
  }
  EXPECT_EQ(positions, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
  problem_in(get("/api/v1/events?after=-1"), 400);
  problem_in(get("/api/v1/events?after=x"), 400);
  problem_in(get("/api/v1/events?limit=1001"), 400);
  problem_in(get("/api/v1/events?since=1"), 400);
}

TEST_F(EventRoutes, ShowsWhatMatches) {
  append_events(5);
  start();
  const json::object found = ask("/api/v1/events?study=1.2.3&type=study.received&since=2023-11-14&until=2023-11-15");
  ASSERT_EQ(found.at("events").as_array().size(), 1U);
  EXPECT_EQ(json::get_int(found.at("events").at(0).as_object(), "position"), 4);
  EXPECT_EQ(json::get_int(found, "next_after"), 5);
  for (const std::string_view none : {"study=1.2.9", "type=study.deleted", "since=2023-11-15", "until=2023-11-14"}) {
    const json::object page = ask(format("/api/v1/events?{}", none));
    EXPECT_TRUE(page.at("events").as_array().empty()) << none;
    EXPECT_EQ(json::get_int(page, "next_after"), 5) << none;
  }
  problem_in(get("/api/v1/events?until=yesterday"), 400);
  EXPECT_EQ(first_error(problem_in(get("/api/v1/events?type=study.erased"), 400), "detail"),
            "must be one of study.received, study.updated, study.deleted, item.set_aside");
  problem_in(get("/api/v1/events/stream?type=study"), 400);
  problem_in(get("/api/v1/events/stream?since=yesterday"), 400);
  problem_in(get("/api/v1/events/stream?kind=x"), 400);
}

TEST_F(EventRoutes, StreamsWhatMatches) {
  append_events(4);
  start();
  auto reader = stream("?since=2023-11-14&study=1.2.2&type=study.received");
  std::string heard = reader.hear_until("id: 3\n");
  append_events(4);
  api_->on_events();
  heard += reader.hear_until("id: 7\n");
  for (const int other : {1, 2, 4, 5, 6}) EXPECT_THAT(heard, Not(HasSubstr(format("id: {}\n", other))));
  EXPECT_THAT(heard, HasSubstr("id: 3\n"));
}

TEST_F(EventRoutes, IsEmptyBeforeTheFirstEvent) {
  start();
  const json::object page = ask("/api/v1/events");
  EXPECT_TRUE(page.at("events").as_array().empty());
  EXPECT_EQ(json::get_int(page, "next_after"), 0);
}

TEST_F(EventRoutes, Says410BeforeWhatIsKept) {
  append_events(5);
  start();
  forget_first(3);
  const json::object problem = problem_in(get("/api/v1/events?after=1"), 410);
  EXPECT_EQ(json::get_int(problem, "first_position"), 4);
  problem_in(get("/api/v1/events/stream?after=2"), 410);
  problem_in(get("/api/v1/events/stream", {{"Last-Event-ID", "2"}}), 410);
  EXPECT_EQ(ask("/api/v1/events?after=3").at("events").as_array().size(), 2U);
  EXPECT_EQ(ask("/api/v1/events").at("events").as_array().size(), 2U);
}

/// As after the adoption of a store by a catalog that has events: a reader gets behind the hole with what the 410 says.
TEST_F(EventRoutes, Says410BeforeAHoleAndWhereTheLogGoesOn) {
  append_events(2);
  ASSERT_TRUE(database_->write([](db::Transaction& t) { return t.script("update event_head set position = 1000"); }));
  start();
  const auto next_of = [&](const std::string& path) {
    return json::get_int(problem_in(get(path), 410), "first_position");
  };
  EXPECT_EQ(next_of("/api/v1/events?after=2"), 1001) << "nothing is behind the hole yet";
  append_events(2);
  EXPECT_EQ(ask("/api/v1/events?after=0").at("events").as_array().size(), 2U);
  for (const char* after : {"2", "77", "999"}) {
    EXPECT_EQ(next_of(std::string("/api/v1/events?after=") + after), 1001);
    EXPECT_EQ(next_of(std::string("/api/v1/events/stream?after=") + after), 1001);
  }
  EXPECT_EQ(ask("/api/v1/events?after=1000").at("events").as_array().size(), 2U);
}

TEST_F(EventRoutes, StreamsWhatIsThereAndWhatComes) {
  append_events(2);
  start();
  auto reader = stream("?after=0");
  std::string heard = reader.hear_until("id: 2\n");
  EXPECT_THAT(heard, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(heard, HasSubstr("id: 1\nevent: study.received\ndata: {\"position\":1,"));
  append_events(1);
  api_->on_events();
  EXPECT_THAT(reader.hear_until("id: 3\n"), HasSubstr("id: 3\n"));
}

TEST_F(EventRoutes, ResumesBehindTheLastEventThatAReaderHas) {
  append_events(700);
  start();
  const std::string heard = stream("?after=0", "Last-Event-ID: 698\r\n").hear_until("id: 700\n");
  EXPECT_THAT(heard, HasSubstr("id: 699\n"));
  EXPECT_THAT(heard, Not(HasSubstr("id: 698\n")));
  EXPECT_THAT(stream("?after=0").hear_until("id: 700\n"), HasSubstr("id: 501\n"));
  problem_in(get("/api/v1/events/stream", {{"Last-Event-ID", "x"}}), 400);
}

TEST_F(EventRoutes, StreamsOnlyWhatIsNewToAReaderWithoutAPosition) {
  append_events(3);
  start();
  auto reader = stream("");
  reader.hear_until(": the events follow");
  append_events(1);
  api_->on_events();
  const std::string heard = reader.hear_until("id: 4\n");
  EXPECT_THAT(heard, HasSubstr("id: 4\n"));
  EXPECT_THAT(heard, Not(HasSubstr("id: 3\n")));
}

TEST_F(EventRoutes, SaysThatItIsStillThere) {
  Api::Options options;
  options.event_feed.heartbeat = std::chrono::milliseconds(20);
  start(parts(), options);
  EXPECT_THAT(stream("").hear_until(": still here"), HasSubstr(": still here"));
}

TEST_F(EventRoutes, HasABoundedNumberOfStreams) {
  Api::Options options;
  options.event_feed.streams_max = 1;
  start(parts(), options);
  {
    auto first = stream("");
    first.hear_until("follow");
    problem_in(get("/api/v1/events/stream"), 503);
  }
  EXPECT_TRUE(eventually([&] {
    api_->on_events();
    return stream("").hear_until("\r\n").find(" 200 ") != std::string::npos;
  }));
}

}  // namespace
}  // namespace dmw::api
