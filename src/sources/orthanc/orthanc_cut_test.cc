// What the source does with a file that comes cut.
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "sources/orthanc/test_refusals.h"

namespace dmw::sources {
namespace {

/// Somebody before the Orthanc hands cut files on. The rest is a complete data set, except for an element behind the
/// pixels.
class CutTest : public OrthancRefusalsTest {
 protected:
  void make_study(unsigned number) {
    orthanc.add_study(number, 4);
    orthanc.with([&](auto& studies) {
      for (auto& [id, instance] : studies.at(resource_id('s', number)).instances) {
        bytes[id] = instance.bytes;
        instance.bytes += dicom::testing::File().raw(0xFFFCFFFC, "OB", std::string(16, '\0')).dataset();
      }
    });
  }
  void expect_whole() {
    expect_each_once(4);
    for (const World::Kept& each : world.kept()) EXPECT_GT(each.size, bytes.at(each.resource).size());
  }
  /// The first answer for each file has the length of the rest, and the file's own name. Some questions fail.
  FakeOrthanc::Fault cut_each_once(std::function<bool(const std::string&)> fails = [](const std::string&) {
    return false;
  }) {
    std::map<std::string, std::string> uuids;
    orthanc.with([&](auto& studies) {
      for (const auto& [key, study] : studies) {
        for (const auto& [id, instance] : study.instances) uuids[id] = instance.uuid;
      }
    });
    auto cut = std::make_shared<std::set<std::string>>();
    auto mutex = std::make_shared<std::mutex>();
    return orthanc.fault([=, this](int socket, const std::string& path) {
      if (fails(path)) {
        FakeOrthanc::say(socket, FakeOrthanc::answer("404 Not Found", page));
        return true;
      }
      const std::string id = path.ends_with("/file") ? path.substr(11, 44) : "";
      const std::scoped_lock lock(*mutex);
      if (!uuids.contains(id) || !cut->insert(id).second) return false;
      FakeOrthanc::say(socket, FakeOrthanc::answer("200 OK", bytes.at(id),
                                                   "Content-Disposition: filename=\"" + uuids.at(id) + ".dcm\"\r\n"));
      return true;
    });
  }

  std::map<std::string, std::string> bytes;
};

TEST_F(CutTest, ALengthThatFitsACutBodyMakesItNotWhole) {
  make_study(54);
  const auto fault = cut_each_once();
  start();
  expect_whole();
  EXPECT_EQ(orthanc.asked("/instances/" + resource_id('i', 54'000)), 2) << "its size came with the list";
}

TEST_F(CutTest, WhereNothingIsToldOfManyEachIsAskedFor) {
  make_study(55);
  const auto fault = cut_each_once([](const std::string& path) {
    return path == "/tools/bulk-content" || (path.starts_with("/series/") && path.ends_with("/instances"));
  });
  start();
  expect_whole();
}

TEST_F(CutTest, SoDoSingleInstances) {
  start_empty();
  make_study(56);
  const auto fault = cut_each_once();
  for (unsigned n = 0; n < 4; ++n) orthanc.add_change(n + 1, "NewInstance", resource_id('i', 56'000 + n));
  expect_whole();
  EXPECT_EQ(orthanc.asked("/instances/" + resource_id('i', 56'000)), 2) << "its size came with the others'";
}

TEST_F(CutTest, AFileThatIsReplacedAfterItWasListedHasAnotherSize) {
  make_study(57);
  const std::string replaced = resource_id('i', 57'000);
  // After the list, before the file.
  const auto fault =
      orthanc.fault([=, this, done = std::make_shared<std::atomic<bool>>(false)](int, const std::string& path) {
        if (!path.ends_with("/file") || done->exchange(true)) return false;
        orthanc.with([&](auto& studies) {
          auto& instance = studies.at(resource_id('s', 57)).instances.at(replaced);
          instance.bytes += dicom::testing::File().raw(0xFFFCFFFE, "OB", std::string(8, '\0')).dataset();
          instance.uuid = Uuid::random().text();
        });
        return false;
      });
  options.connections = 1;
  start();
  expect_whole();
  for (const Request& request : world.requests()) EXPECT_EQ(request.attempts, 1);
}

TEST_F(CutTest, AnAnswerWithoutALengthThatEndsEarlyIsNotWhole) {
  make_study(47);
  const auto fault = fault_once("/file", [=, this](int socket) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Disposition: filename=\"" + Uuid::random().text() +
                             ".dcm\"\r\nConnection: close\r\n\r\n";
    FakeOrthanc::say(socket, head + bytes.begin()->second);
  });
  start();
  expect_whole();
}

}  // namespace
}  // namespace dmw::sources
