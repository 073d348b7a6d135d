// Against the real Orthanc of DMW_TEST_ORTHANC. It is shared and not empty: every test looks at its own study.
#include <atomic>
#include <set>

#include "base/json.h"
#include "sources/orthanc/test_dicom.h"
#include "sources/orthanc/test_world.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class OrthancItest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const url = std::getenv("DMW_TEST_ORTHANC");
    if (url == nullptr) GTEST_SKIP() << "DMW_TEST_ORTHANC is not set";
    options.base_url = url;
    options.username = from_environment("DMW_TEST_ORTHANC_USER");
    options.password = Private(from_environment("DMW_TEST_ORTHANC_PASSWORD"));
    options.ca_file = from_environment("DMW_TEST_ORTHANC_CA");
    options.poll_interval = milliseconds(100);
    options.connections = 8;
    options.catalog_id = Uuid::random();
    http = std::make_unique<http::Client>(options.client());
    study = "1.2.826.0.1." + std::to_string(new_session_id().get());
  }
  void TearDown() override {
    if (source) stop();
  }

  void start() {
    world.record();
    source = std::make_unique<OrthancSource>(options, world.rooms());
    source->start();
    ASSERT_TRUE(
        eventually([&] { return catalog::read_cursor(world.catalog(), options.name)->has_value() && world.idle(); }));
  }
  void stop() {
    source->stop(seconds(5));
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

TEST_F(OrthancItest, BringsAStudyOfSeveralSeriesOnceFromTriggersPollerAndRestart) {
  std::string id;
  for (int image = 0; image < 3; ++image) id = upload(1, image);
  start();
  expect_each_once();
  for (int series = 1; series <= 3; ++series) {
    for (int image = 3; image < 10; ++image) id = upload(series, image);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  }
  expect_each_once();
  stop();
  start();
  EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  expect_each_once();
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancItest, SeesInstancesThatAreAddedLater) {
  start();
  upload(1, 1);
  expect_each_once();
  upload(1, 2, 3U << 20U);
  expect_each_once();
}

TEST_F(OrthancItest, PausesWhileOrthancRefusesItsPassword) {
  if (options.username.empty()) GTEST_SKIP() << "DMW_TEST_ORTHANC_USER is not set";
  const std::string id = upload(1, 1);
  const Private<std::string> right = options.password;
  options.password = Private<std::string>("wrong");
  source = std::make_unique<OrthancSource>(options, world.rooms());
  source->start();
  EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  EXPECT_TRUE(eventually([&] { return source->state().paused; }));
  stop();
  EXPECT_TRUE(world.kept().empty());
  EXPECT_TRUE(world.buried().empty());
  options.password = right;
  start();
  expect_each_once();
}

TEST_F(OrthancItest, ClosesAStudyThatIsStable) {
  start();
  const std::string id = upload(1, 1);
  EXPECT_TRUE(eventually([&] {
    const std::vector<std::string> ids = {id};
    return catalog::known_studies(world.catalog(), options.name, ids)->contains(id);
  }));
  expect_each_once();
}

}  // namespace
}  // namespace dmw::sources
