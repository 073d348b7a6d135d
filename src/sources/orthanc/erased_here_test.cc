// An erased study stays away although its Orthanc still has it, on whichever way nobody asks for it.
#include "catalog/erasing.h"
#include "sources/orthanc/test_source.h"

namespace dmw::sources {
namespace {

using std::chrono::seconds;

class ErasedHereTest : public OrthancSourceTest {
 protected:
  void erase(const std::string& uid) {
    catalog::EraseOrder order{.study = StudyUid(uid), .session = {}, .actor = "test", .reason = "test", .grace = {}};
    order.session.id = new_session_id();
    ASSERT_TRUE(catalog::erase(world.catalog(), order, SystemClock().now()));
  }
  void stop() {
    source->stop(seconds(5));
    source.reset();
    world.stop_recording();
  }
  /// An instance of study `number` that it has got so long ago.
  std::string grow(unsigned number, unsigned n, std::int64_t seconds_ago) {
    const std::string uid = format("1.2.{}", number);
    const TestImage image{.study = uid, .series = uid + ".1", .sop = format("{}.1.{}", uid, n)};
    const std::string id = resource_id('i', number * 1000 + n);
    orthanc.with([&](auto& studies) {
      studies.at(resource_id('s', number)).instances[id] = {dicom_file(image), Uuid::random().text(),
                                                            orthanc_now(seconds_ago)};
    });
    return id;
  }
  /// Everything that was noticed is through, up to this change and the last comparison.
  bool quiet_after(std::int64_t seq) {
    return eventually([&] {
      const auto cursor = catalog::read_cursor(world.catalog(), "orthanc").value();
      return cursor && cursor->read_to == seq && world.idle() && source->progress().requests_in_flight == 0 &&
             source->progress().leading && !source->progress().comparison->running;
    });
  }
};

TEST_F(ErasedHereTest, ARequestOfSingleInstancesThatWaitsForItsNextTryBringsNothingBack) {
  orthanc.add_study(41, 2);
  start();
  expect_each_once(2);
  const std::string id = grow(41, 7, 3'600);
  auto fault = orthanc.fault([&](int socket, const std::string& path) {
    if (!path.ends_with(id + "/file")) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("500 Internal Server Error", ""));
    return true;
  });
  orthanc.add_change(1, "NewInstance", id);
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/instances/" + id + "/file") > 0; }));
  erase("1.2.41");
  fault.end();
  ASSERT_TRUE(quiet_after(1));
  EXPECT_EQ(world.kept().size(), 2U);
  EXPECT_EQ(world.count("versions"), 0);

  // Sent anew there, it is wanted.
  orthanc.with([&](auto& studies) { studies.at(resource_id('s', 41)).instances.at(id).received = orthanc_now(-60); });
  orthanc.add_change(2, "NewInstance", id);
  EXPECT_TRUE(kept(3));
  EXPECT_TRUE(eventually([&] { return world.count("versions") == 1; }));
}

TEST_F(ErasedHereTest, AChangeFromBeforeTheErasureThatIsReadAfterItBringsNothingBack) {
  orthanc.add_study(42, 2);
  orthanc.add_study(43, 1);
  start();
  expect_each_once(3);
  stop();
  orthanc.add_change(1, "NewInstance", grow(42, 7, 3'600));
  orthanc.add_change(2, "StableStudy", resource_id('s', 42));
  erase("1.2.42");
  orthanc.add_change(3, "NewInstance", grow(43, 7, 3'600));
  start();
  ASSERT_TRUE(kept(4));
  ASSERT_TRUE(quiet_after(3));
  EXPECT_EQ(world.kept().size(), 4U) << "only that of the study that is not erased";
  EXPECT_EQ(world.count("versions"), 2);
}

TEST_F(ErasedHereTest, ARestartWhileANumberIsMissingReadsNoChangeTwice) {
  options.hole_patience = seconds(600);
  orthanc.add_study(44, 0);
  start();
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->has_value(); }));
  // This Orthanc does not tell when it got an instance: only that each change is read once keeps the study away.
  const auto fault = orthanc.fault([](int socket, const std::string& path) {
    if (!path.ends_with("/metadata/ReceptionDate")) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("404 Not Found", ""));
    return true;
  });
  orthanc.add_change(1, "NewInstance", grow(44, 1, 3'600));
  orthanc.add_change(3, "NewInstance", grow(44, 2, 3'600));
  ASSERT_TRUE(kept(2));
  ASSERT_TRUE(quiet_after(3));
  ASSERT_EQ(catalog::read_cursor(world.catalog(), "orthanc")->value().position, 1);
  ASSERT_TRUE(eventually([&] { return world.count("versions") == 2; }));
  stop();
  erase("1.2.44");
  start();
  orthanc.add_study(45, 1);
  orthanc.add_change(4, "NewInstance", resource_id('i', 45'000));
  ASSERT_TRUE(kept(3));
  ASSERT_TRUE(quiet_after(4));
  EXPECT_EQ(world.kept().size(), 3U);
  EXPECT_EQ(world.count("versions"), 1);
  EXPECT_EQ(catalog::read_cursor(world.catalog(), "orthanc")->value().holes.size(), 1U);
  // The number that was missing still appears.
  orthanc.add_change(2, "NewInstance", grow(45, 1, 0));
  EXPECT_TRUE(kept(4));
}

TEST_F(ErasedHereTest, AnInterruptedRequestWhoseHeadersAreNotReadBringsNothingBack) {
  orthanc.add_study(46, 1);
  start();
  expect_each_once(1);
  stop();
  const std::string id = grow(46, 7, 3'600);
  erase("1.2.46");
  NewRequest wanted;
  wanted.source = "orthanc";
  wanted.instances = {id};
  wanted.priority = RequestPriority::seen;
  catalog::Requests requests(world.catalog());
  ASSERT_TRUE(requests.submit(std::vector{wanted}));
  ASSERT_EQ(requests.claim("orthanc", world.inbox().replica_id() + "/orthanc", 10, seconds(600))->size(), 1U);
  start();
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/instances/" + id + "/study") > 0; }));
  ASSERT_TRUE(quiet_after(0));
  EXPECT_EQ(world.kept().size(), 1U);
}

}  // namespace
}  // namespace dmw::sources
