// For tests of a source that is refused: by an Orthanc, or by somebody before it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sources/orthanc/test_source.h"

namespace dmw::sources {

class OrthancRefusalsTest : public OrthancSourceTest {
 protected:
  /// The page of a proxy that knows no such target.
  static constexpr const char* page = "<html><body>no such target</body></html>";
  /// A 404 of an Orthanc that describes its errors.
  static constexpr const char* described =
      R"({"HttpStatus" : 404, "Message" : "Unknown resource", "OrthancStatus" : 17})";

  /// So many questions that match are answered so.
  FakeOrthanc::Fault refuse(int times, std::function<bool(const std::string&)> matches, const std::string& status,
                            const std::string& body = "") {
    auto left = std::make_shared<std::atomic<int>>(times);
    return orthanc.fault([=](int socket, const std::string& path) {
      if (!matches(path) || left->fetch_sub(1) <= 0) return false;
      FakeOrthanc::say(socket, FakeOrthanc::answer(status, body));
      return true;
    });
  }
  /// The tag that is kept of the only study.
  std::string tag() { return world.catalog().read("select max(tag) from source_studies")->front().text(0); }
  std::int64_t looks() { return world.catalog().read("select max(look) from requests")->front().integer(0); }
  /// As if the time of the next look had come.
  void look_now() {
    ASSERT_TRUE(world.catalog().write(
        [](db::Transaction& t) { return t.script("update requests set not_before = 0 where state = 0"); }));
    source->nudge();
  }
  /// Looks again three times, and then no more.
  void expect_three_looks() {
    for (int look = 1; look <= 3; ++look) {
      EXPECT_TRUE(eventually([&] { return looks() == look && through(); })) << look;
      EXPECT_EQ(world.requests_in(RequestState::waiting), 1U);
      look_now();
    }
    EXPECT_TRUE(eventually([&] { return world.idle(); }));
    EXPECT_EQ(looks(), 3);
  }
  /// The reconciler is through, so that it brings nothing of what a test adds.
  void start_empty() {
    start();
    ASSERT_TRUE(eventually([&] {
      const std::optional<Comparison> comparison = source->progress().comparison;
      return comparison && !comparison->running && catalog::read_cursor(world.catalog(), "orthanc")->has_value();
    }));
  }
  /// All requests but the comparisons that are to come.
  bool through() {
    return catalog::Requests(world.catalog()).depth()->waiting == 0 && world.requests_in(RequestState::claimed) == 0;
  }
};

}  // namespace dmw::sources
