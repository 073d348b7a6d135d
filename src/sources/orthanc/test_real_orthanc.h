// Real Orthancs for the tests of this room: the shared one of DMW_TEST_ORTHANC, and some of a test's own, made with
// tests/support/servers.
#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "sources/orthanc/test_world.h"
#include "testing/dicom_file.h"
#include "testing/servers.h"

namespace dmw::sources {

/// Any thread but while run() works.
class OwnOrthanc : public OwnServer {
 public:
  /// `settings` as tests/support/servers takes them.
  explicit OwnOrthanc(const std::string& settings = "") : OwnServer("orthanc", settings) {}

  const std::string& url() const { return address(); }
  std::filesystem::path file(const std::string& uuid) const {
    return folder() / "storage" / uuid.substr(0, 2) / uuid.substr(2, 2) / uuid;
  }
  /// Its index and files change places with those put aside under this name, or with none.
  void swap(const std::string& name) {
    for (const std::string part : {"index", "storage"}) {
      const std::filesystem::path present = folder() / part;
      const std::filesystem::path aside = folder() / (part + "." + name);
      const std::filesystem::path between = folder() / (part + ".between");
      std::filesystem::rename(present, between);
      if (std::filesystem::exists(aside)) std::filesystem::rename(aside, present);
      std::filesystem::rename(between, aside);
    }
  }
};

class OrthancItest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const url = std::getenv("DMW_TEST_ORTHANC");
    if (url == nullptr) GTEST_SKIP() << "DMW_TEST_ORTHANC is not set";
    options.base_url = url;
    options.access->set({.username = from_environment("DMW_TEST_ORTHANC_USER"),
                         .password = Private(from_environment("DMW_TEST_ORTHANC_PASSWORD")),
                         .ca_file = from_environment("DMW_TEST_ORTHANC_CA")});
    options.poll_interval = std::chrono::milliseconds(100);
    options.connections = 8;
    options.catalog_id = Uuid::random();
    http = std::make_unique<http::Client>(options.client());
    study = "1.2.826.0.1." + std::to_string(new_session_id().get());
  }
  void TearDown() override {
    if (source) stop();
  }

  /// From here on another Orthanc than the shared one.
  void use(const OwnOrthanc& orthanc) {
    options.base_url = orthanc.url();
    options.probe_timeout = std::chrono::milliseconds(1'000);
    options.retry_first = std::chrono::milliseconds(50);
    options.retry_most = std::chrono::milliseconds(200);
    http = std::make_unique<http::Client>(options.client());
  }

  void start() {
    world.record();
    source = std::make_unique<OrthancSource>(options, world.rooms());
    source->start();
    ASSERT_TRUE(
        eventually([&] { return catalog::read_cursor(world.catalog(), options.name)->has_value() && world.idle(); }));
  }
  void stop() {
    source->stop(std::chrono::seconds(5));
    source.reset();
    world.stop_recording();
  }

  /// Returns Orthanc's id of the study.
  std::string upload(int series, int image, std::size_t pixel_bytes = 4'096) {
    const TestImage of_it{.study = study,
                          .series = study + "." + std::to_string(series),
                          .sop = study + "." + std::to_string(series) + "." + std::to_string(image),
                          .pixel_bytes = pixel_bytes};
    const std::string bytes = dicom_file(of_it);
    const Result<http::Response> answer = http->post("/instances", bytes);
    if (!answer || !answer->success()) {
      ADD_FAILURE() << "Orthanc does not take the instance";
      return "";
    }
    const json::object told = json::parse(answer->body)->get_object();
    sent[json::get_string(told, "ID").value()] = bytes.size();
    return json::get_string(told, "ParentStudy").value();
  }
  std::vector<World::Kept> of_this_study() const {
    std::vector<World::Kept> mine;
    for (World::Kept& each : world.kept()) {
      if (sent.contains(each.resource)) mine.push_back(std::move(each));
    }
    return mine;
  }
  void expect_each_once() {
    EXPECT_TRUE(eventually([&] { return of_this_study().size() >= sent.size() && world.idle(); }));
    const std::vector<World::Kept> mine = of_this_study();
    EXPECT_EQ(mine.size(), sent.size());
    std::set<std::string> resources;
    for (const World::Kept& each : mine) {
      resources.insert(each.resource);
      EXPECT_EQ(each.size, sent.at(each.resource));
      EXPECT_FALSE(each.tag.empty());
      EXPECT_FALSE(each.refused);
    }
    EXPECT_EQ(resources.size(), sent.size());
  }

  World world;
  OrthancOptions options;
  std::unique_ptr<http::Client> http;
  std::unique_ptr<OrthancSource> source;
  std::string study;
  std::map<std::string, std::size_t> sent;
};

}  // namespace dmw::sources
