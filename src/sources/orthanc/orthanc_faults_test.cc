// What the source does when an Orthanc, its disk or the line to it fails.
#include <memory>

#include <sys/socket.h>

#include "sources/orthanc/test_source.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OrthancFaultsTest : public OrthancSourceTest {};

TEST_F(OrthancFaultsTest, AFileThatCameBackWithItsDiskIsNotLost) {
  options.lost_attempts = 1;
  options.lost_after = milliseconds(0);
  orthanc.add_study(22, 2);
  const auto fault = fault_once("/instances/" + resource_id('i', 22'001) + "/file", [](int socket) {
    FakeOrthanc::say(socket, FakeOrthanc::answer("500 Internal Server Error", ""));
  });
  start();
  expect_each_once(2);
  EXPECT_TRUE(world.buried().empty());
}

/// How an Orthanc answers that has lost a file, or has a proxy before it.
class LostFileTest : public OrthancFaultsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(LostFileTest, IsSetAsideAndTheStudyGoesOn) {
  options.lost_attempts = 4;
  options.lost_after = milliseconds(300);
  orthanc.add_study(21, 3);
  const std::string lost = resource_id('i', 21'001);
  std::atomic<bool> disk_away = true;
  const auto fault = orthanc.fault([&, lost](int socket, const std::string& path) {
    if (!path.ends_with("/file") || (!disk_away && !path.contains(lost))) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer(GetParam(), ""));
    return true;
  });
  start();
  // No file can be had at all: nobody is buried, however long it takes.
  ASSERT_TRUE(eventually([&] { return !world.requests().empty() && world.requests().front().attempts > 6; }));
  EXPECT_TRUE(world.buried().empty());
  disk_away = false;
  expect_each_once(2);
  EXPECT_TRUE(eventually([&] { return world.idle(); }));
  const std::vector<DeadLetter> buried = world.buried();
  ASSERT_FALSE(buried.empty());
  const DeadLetter& letter = buried.front();
  // Told again by the try that the others needed, when the disk came back in the middle of one.
  for (const DeadLetter& each : buried) EXPECT_EQ(each.id, letter.id);
  EXPECT_EQ(letter.stage, Stage::fetch);
  EXPECT_EQ(letter.cause, "gone");
  EXPECT_TRUE(letter.detail.starts_with("Orthanc has this instance, but cannot deliver its file: ")) << letter.detail;
  EXPECT_EQ(letter.origin_resource, lost);
  // Once it was tried as one of its study.
  EXPECT_TRUE(std::ranges::any_of(buried, [](const DeadLetter& each) { return each.study_uid.get() == "1.2.21"; }));
  EXPECT_GE(letter.attempts, 4);
  EXPECT_GE(world.requests_in(RequestState::done), 1U) << "the study was closed without it";
}

INSTANTIATE_TEST_SUITE_P(Orthanc, LostFileTest, ::testing::Values("500 Internal Server Error", "404 Not Found"));

TEST_F(OrthancFaultsTest, AsksAgainForAFileThatWasCut) {
  orthanc.add_study(7, 6);
  const auto fault = fault_once(
      "/file", [](int socket) { FakeOrthanc::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nDICM"); });
  start();
  expect_each_once(6);
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancFaultsTest, AsksAgainForAFileOfWrongLength) {
  const std::string study = orthanc.add_study(8, 4);
  const std::string bytes = dicom_file({.study = "1.2.8"});
  const auto fault = fault_once("/file", [bytes](int socket) {
    FakeOrthanc::say(socket,
                     FakeOrthanc::answer("200 OK", bytes.substr(0, bytes.size() - 100),
                                         "Content-Disposition: filename=\"" + Uuid::random().text() + "\"\r\n"));
  });
  start();
  expect_each_once(4);
  for (const World::Kept& each : world.kept())
    EXPECT_EQ(each.size, dicom_file({.study = "1.2.8", .series = "1.2.8.1", .sop = each.sop}).size());
}

TEST_F(OrthancFaultsTest, GivesUpATransferThatCreepsAndServesOthersMeanwhile) {
  const std::string slow = orthanc.add_study(9, 20);
  const std::string quick = orthanc.add_study(10, 5);
  std::atomic<bool> creeping = true;
  const auto fault = orthanc.fault([&](int socket, const std::string& path) {
    // The instances of study 9 have the numbers 9,000 to 9,019.
    const bool of_slow =
        path.starts_with("/instances/00000069-0000232") || path.starts_with("/instances/00000069-0000233");
    if (!of_slow || !creeping || !path.ends_with("/file")) return false;
    FakeOrthanc::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (creeping && !orthanc.waits_no_more() && ::send(socket, "x", 1, MSG_NOSIGNAL) == 1)
      std::this_thread::sleep_for(milliseconds(50));
    return true;
  });
  start();
  EXPECT_TRUE(kept(5));
  EXPECT_TRUE(eventually([&] {
    for (const Request& request : world.requests()) {
      if (request.study == slow && !request.last_error.empty()) return true;
    }
    return false;
  }));
  EXPECT_EQ(world.kept().size(), 5U);
  EXPECT_FALSE(source->progress().paused);
  creeping = false;
  expect_each_once(25);
}

TEST_F(OrthancFaultsTest, WaitsForAnOrthancThatIsAwayAndCountsNothing) {
  orthanc.add_study(11, 10);
  std::atomic<bool> away = true;
  const auto fault = orthanc.fault([&](int socket, const std::string&) {
    const bool refuses = away;
    if (refuses) FakeOrthanc::say(socket, FakeOrthanc::answer("503 Service Unavailable", ""));
    return refuses;
  });
  start();
  EXPECT_TRUE(ask(resource_id('s', 11)));
  EXPECT_TRUE(eventually([&] {
    return orthanc.asked("/studies/") > 0 && source->progress().paused && source->progress().requests_in_flight == 0;
  }));
  EXPECT_FALSE(source->state().reason.empty());
  away = false;
  expect_each_once(10);
  EXPECT_FALSE(source->progress().paused);
  EXPECT_TRUE(world.buried().empty());
  for (const Request& request : world.requests()) EXPECT_EQ(request.attempts, 1);
}

TEST_F(OrthancFaultsTest, SetsAsideWhatSomebodyAskedForAndIsNotThere) {
  start();
  ASSERT_TRUE(ask(resource_id('s', 99)));
  ASSERT_TRUE(eventually([&] { return world.requests_in(RequestState::failed) == 1; }));
  ASSERT_EQ(world.buried().size(), 1U);
  const DeadLetter letter = world.buried().front();
  EXPECT_EQ(letter.stage, Stage::fetch);
  EXPECT_EQ(letter.cause, "not_found");
  EXPECT_EQ(letter.original_payload, "{\"ID\":\"" + resource_id('s', 99) + "\",\"Path\":\"Study\"}");
}

TEST_F(OrthancFaultsTest, KeepsAFileThatIsNotDicomWithTheReason) {
  orthanc.add_study(13, 2);
  orthanc.with([](auto& studies) {
    studies.at(resource_id('s', 13)).instances.at(resource_id('i', 13'000)).bytes = "not an image";
  });
  start();
  ASSERT_TRUE(kept(2));
  int refused = 0;
  for (const World::Kept& each : world.kept()) refused += each.refused ? 1 : 0;
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(eventually([&] { return world.idle(); }));
}

TEST_F(OrthancFaultsTest, SetsAsideWhatWouldNeverFitAndGoesOn) {
  world.open_inbox(40'000);
  orthanc.add_study(25, 3);
  const std::string large = resource_id('i', 25'001);
  orthanc.with([&](auto& studies) {
    const TestImage image{.study = "1.2.25", .series = "1.2.25.1", .sop = "1.2.25.1.1", .pixel_bytes = 60'000};
    studies.at(resource_id('s', 25)).instances.at(large).bytes = dicom_file(image);
  });
  start();
  expect_each_once(2);
  const std::vector<DeadLetter> buried = world.buried();
  ASSERT_FALSE(buried.empty());
  EXPECT_EQ(buried.front().origin_resource, large);
  EXPECT_EQ(buried.front().cause, "too_large");
  EXPECT_NE(buried.front().detail.find("INBOX_LIMIT_GIB"), std::string::npos) << buried.front().detail;
  EXPECT_FALSE(source->progress().paused);
}

TEST_F(OrthancFaultsTest, SaysWhichSettingsLetItIn) {
  const auto fault = orthanc.fault([](int socket, const std::string&) {
    FakeOrthanc::say(socket, FakeOrthanc::answer("401 Unauthorized", ""));
    return true;
  });
  start();
  EXPECT_TRUE(eventually([&] { return source->progress().paused; }));
  EXPECT_NE(source->state().reason.find("ORTHANC_USERNAME"), std::string::npos) << source->state().reason;
}

TEST_F(OrthancFaultsTest, SaysWhichSettingsOfItsSectionLetItIn) {
  options.setting = SettingNames("orthanc", "site-b");
  const auto answers = orthanc.fault([](int socket, const std::string&) {
    FakeOrthanc::say(socket, FakeOrthanc::answer("401 Unauthorized", ""));
    return true;
  });
  start();
  EXPECT_TRUE(eventually([&] { return source->progress().paused; }));
  EXPECT_TRUE(source->state().reason.contains("orthanc.site-b.username and orthanc.site-b.password"))
      << source->state().reason;
}

/// A portal, a login form, an archive of bytes, another service: "not valid JSON" alone, or that it is not Orthanc's,
/// says neither who answered nor what to look at.
class StrangerTest : public OrthancFaultsTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Orthanc, StrangerTest,
                         ::testing::Values("<html>please log in</html>", "{}", "[]", "null", ""));

TEST_P(StrangerTest, SaysThatSomebodyElseAnswers) {
  const auto fault = orthanc.fault([](int socket, const std::string&) {
    FakeOrthanc::say(socket, FakeOrthanc::answer("200 OK", GetParam()));
    return true;
  });
  start();
  EXPECT_TRUE(eventually([&] { return source->progress().paused; }));
  EXPECT_NE(source->state().reason.find("ORTHANC_URL"), std::string::npos) << source->state().reason;
}

TEST_P(StrangerTest, NamesTheSettingOfItsSection) {
  options.name = "orthanc.site-b";
  options.setting = SettingNames("orthanc", "site-b");
  const auto answers = orthanc.fault([](int socket, const std::string&) {
    FakeOrthanc::say(socket, FakeOrthanc::answer("200 OK", GetParam()));
    return true;
  });
  start();
  EXPECT_TRUE(eventually([&] { return source->progress().paused; }));
  EXPECT_TRUE(source->state().reason.contains("check that orthanc.site-b.url leads")) << source->state().reason;
}

}  // namespace
}  // namespace dmw::sources
