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
  EXPECT_TRUE(eventually([&] { return world.inbox().fill() >= pull_fill_max; }));
  EXPECT_TRUE(holds_for(milliseconds(400), [&] { return world.inbox().depth().items <= 20 + 2 * connections; }));
  EXPECT_FALSE(source.state().paused) << "nothing is away";
  world.record();
  EXPECT_TRUE(eventually([&] { return world.kept().size() == instances && world.idle(); }));
  source.stop(std::chrono::seconds(5));
}

}  // namespace
}  // namespace dmw::sources
