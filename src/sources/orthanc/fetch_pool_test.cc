#include <atomic>

#include "inbox/fill.h"
#include "sources/door.h"
#include "sources/orthanc/test_orthanc.h"
#include "sources/orthanc/test_world.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;

/// True when it holds all the time.
template <typename Condition>
bool holds_for(milliseconds time, Condition holds) {
  for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
    if (!holds()) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

TEST(FetchPool, OneLargeStudyStopsAtHalfOfTheInboxAndGoesOnWhenThereIsRoom) {
  constexpr unsigned instances = 60;
  constexpr unsigned connections = 2;
  FakeOrthanc orthanc;
  const std::string study = orthanc.add_study(1, instances);
  std::uint64_t bytes = 0;
  orthanc.with([&](auto& studies) { bytes = studies.at(study).instances.begin()->second.bytes.size(); });
  World world;
  world.open_inbox(40 * bytes);
  OrthancOptions options;
  options.base_url = orthanc.url();
  options.connections = connections;
  options.poll_interval = milliseconds(20);
  options.catalog_id = Uuid::random();
  OrthancSource source(options, world.rooms());
  source.start();
  EXPECT_TRUE(eventually([&] { return world.inbox().fill() >= inbox::pull_fill_max; }));
  EXPECT_TRUE(holds_for(milliseconds(400), [&] { return world.inbox().depth().items <= 20 + 2 * connections; }));
  EXPECT_FALSE(source.progress().paused) << "nothing is away";
  world.record();
  EXPECT_TRUE(eventually([&] { return world.kept().size() == instances && world.idle(); }));
  source.stop(std::chrono::seconds(5));
}

TEST(FetchPool, ASmallStudyDoesNotWaitForALargeOne) {
  FakeOrthanc orthanc;
  orthanc.add_study(1, 3'000);
  std::atomic<bool> gives_files = false;
  const auto fault = orthanc.fault([&](int, const std::string& path) {
    while (path.ends_with("/file") && !gives_files && !orthanc.waits_no_more())
      std::this_thread::sleep_for(milliseconds(1));
    return false;
  });
  World world;
  OrthancOptions options;
  options.base_url = orthanc.url();
  options.catalog_id = Uuid::random();
  world.record();
  OrthancSource source(options, world.rooms());
  source.start();
  EXPECT_TRUE(eventually([&] { return orthanc.asked("/instances/") > 0; }));
  const std::string small = orthanc.add_study(9, 1);
  EXPECT_TRUE(source.trigger().submit({.study = small, .correlation_id = Uuid::random()}));
  EXPECT_TRUE(eventually([&] { return orthanc.asked("/instances/" + resource_id('i', 9'000)) > 0; }));
  gives_files = true;
  source.stop(std::chrono::seconds(5));
}

/// Many studies of two instances wait when a source starts.
class WaitingStudiesTest : public ::testing::Test {
 protected:
  static constexpr unsigned studies = 60;

  WaitingStudiesTest() {
    for (unsigned n = 1; n <= studies; ++n) orthanc.add_study(n, 2);
    options.base_url = orthanc.url();
    options.poll_interval = milliseconds(20);
    options.catalog_id = Uuid::random();
  }
  /// Every request there is ends well at the first try.
  void run_until(std::size_t instances) {
    OrthancSource source(options, world.rooms());
    source.start();
    EXPECT_TRUE(eventually([&] { return world.kept().size() >= instances && world.idle(); }));
    source.stop(std::chrono::seconds(5));
    for (const Request& request : world.requests()) {
      EXPECT_EQ(request.state, RequestState::done);
      EXPECT_EQ(request.attempts, 1);
    }
  }
  void expect_all_once() {
    world.record();
    run_until(2 * studies);
    EXPECT_EQ(world.kept().size(), 2 * studies);
    EXPECT_EQ(world.count("versions"), 2 * studies);
    EXPECT_GT(orthanc.asked("/tools/bulk-content"), 0);
  }
  FakeOrthanc::Fault answer_many_with(const std::string& status, const std::string& body) {
    return orthanc.fault([=](int socket, const std::string& path) {
      if (is_bulk(path)) FakeOrthanc::say(socket, FakeOrthanc::answer(status, body));
      return is_bulk(path);
    });
  }
  static bool is_bulk(const std::string& path) { return path == "/tools/bulk-content"; }

  FakeOrthanc orthanc;
  World world;
  OrthancOptions options;
};

TEST_F(WaitingStudiesTest, AreListedTogether) {
  expect_all_once();
  EXPECT_GE(orthanc.asked("/tools/bulk-content"), 2);
  EXPECT_LT(orthanc.asked("/studies/") + orthanc.asked("/series/"), static_cast<int>(studies))
      << "two for each otherwise";
}

TEST_F(WaitingStudiesTest, AreListedOneByOneWhereAnOrthancCannotTellOfMany) {
  options.connections = 2;
  const auto fault = answer_many_with("404 Not Found", "");
  expect_all_once();
  EXPECT_EQ(orthanc.asked("/studies/"), static_cast<int>(studies));
  EXPECT_LE(orthanc.asked("/tools/bulk-content"), 2) << "learned at the first answer";
}

TEST_F(WaitingStudiesTest, AreAskedForAloneWhenTheAnswerLeavesThemOut) {
  const auto fault = answer_many_with("200 OK", "[]");
  expect_all_once();
  EXPECT_EQ(orthanc.asked("/studies/"), static_cast<int>(studies));
  EXPECT_EQ(orthanc.asked("/series/"), static_cast<int>(studies));
}

TEST_F(WaitingStudiesTest, AreAskedForAloneWhenTheAnswerIsNonsense) {
  const std::string first = resource_id('s', 1);
  const auto fault = answer_many_with("200 OK", R"([5, {"ID": 7}, {"ID": ")" + first + R"("}, {"ID": ")" + first +
                                                    R"(", "Series": ["../x"]}, {"ID": "other", "Instances": []}])");
  expect_all_once();
  EXPECT_EQ(orthanc.asked("/studies/"), static_cast<int>(studies));
}

TEST_F(WaitingStudiesTest, AreAskedForAloneWhenTheAnswerIsCut) {
  const auto fault = orthanc.fault([](int socket, const std::string& path) {
    if (is_bulk(path)) FakeOrthanc::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[{\"ID\": ");
    return is_bulk(path);
  });
  expect_all_once();
}

TEST_F(WaitingStudiesTest, AreComparedWhereTheyAreKnownAlready) {
  expect_all_once();
  orthanc.with([](auto& all) {
    for (auto& [id, study] : all) study.last_update = "20260131T120001";
    all.begin()->second.instances.begin()->second.uuid = Uuid::random().text();
  });
  run_until(2 * studies + 1);
  EXPECT_EQ(world.kept().size(), 2 * studies + 1) << "only what was replaced is fetched again";
}

}  // namespace
}  // namespace dmw::sources
