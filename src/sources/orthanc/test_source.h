// An OrthancSource against an Orthanc that a test can make go wrong, with a world of its own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "sources/orthanc/orthanc_source.h"
#include "sources/orthanc/test_orthanc.h"
#include "sources/orthanc/test_world.h"

namespace dmw::sources {

inline OrthancOptions options_for(const std::string& url) {
  OrthancOptions options;
  options.base_url = url;
  options.connections = 8;
  options.poll_interval = std::chrono::milliseconds(20);
  options.stall_timeout = std::chrono::milliseconds(400);
  options.probe_timeout = std::chrono::milliseconds(2'000);
  options.hole_patience = std::chrono::seconds(20);
  options.retry_first = std::chrono::milliseconds(50);
  options.retry_most = std::chrono::milliseconds(100);
  options.catalog_id = Uuid::random();
  return options;
}

inline std::size_t distinct(const std::vector<World::Kept>& kept) {
  std::set<std::string> resources;
  for (const World::Kept& each : kept) resources.insert(each.resource);
  return resources.size();
}

class OrthancSourceTest : public ::testing::Test {
 protected:
  void start() {
    world.record();
    source = std::make_unique<OrthancSource>(options, world.rooms());
    source->start();
  }
  void TearDown() override {
    if (source) source->stop(std::chrono::seconds(5));
  }
  Result<catalog::Submitted> ask(const std::string& study) {
    return source->trigger().submit({.study = study, .correlation_id = Uuid::random()});
  }
  bool kept(std::size_t instances) {
    return eventually([&] { return world.kept().size() >= instances; });
  }
  /// Every request is done, and what is kept is each instance once.
  void expect_each_once(std::size_t instances) {
    EXPECT_TRUE(kept(instances));
    EXPECT_TRUE(eventually([&] { return world.idle() && source->progress().requests_in_flight == 0; }));
    EXPECT_EQ(world.kept().size(), instances);
    EXPECT_EQ(distinct(world.kept()), instances);
    EXPECT_EQ(world.count("versions"), static_cast<std::int64_t>(instances));
  }
  /// The first request for each path that ends so gets this instead of its answer.
  FakeOrthanc::Fault fault_once(const std::string& ending, std::function<void(int)> instead) {
    auto met = std::make_shared<std::set<std::string>>();
    auto mutex = std::make_shared<std::mutex>();
    return orthanc.fault([=](int socket, const std::string& path) {
      if (!path.ends_with(ending)) return false;
      {
        const std::scoped_lock lock(*mutex);
        if (!met->insert(path).second) return false;
      }
      instead(socket);
      return true;
    });
  }

  World world;
  FakeOrthanc orthanc;
  OrthancOptions options = options_for(orthanc.url());
  std::unique_ptr<OrthancSource> source;
};

}  // namespace dmw::sources
