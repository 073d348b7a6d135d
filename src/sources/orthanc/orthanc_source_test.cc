#include <set>

#include <sys/socket.h>

#include "catalog/leaders.h"
#include "sources/orthanc/test_orthanc.h"
#include "sources/orthanc/test_world.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

OrthancOptions options_for(const std::string& url) {
  OrthancOptions options;
  options.base_url = url;
  options.connections = 8;
  options.poll_interval = milliseconds(20);
  options.stall_timeout = milliseconds(400);
  options.probe_timeout = milliseconds(2'000);
  options.hole_patience = seconds(20);
  options.retry_first = milliseconds(50);
  options.retry_most = milliseconds(100);
  options.catalog_id = Uuid::random();
  return options;
}

std::size_t distinct(const std::vector<World::Kept>& kept) {
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
    orthanc.fault(nullptr);
    if (source) source->stop(seconds(5));
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
    EXPECT_TRUE(eventually([&] { return world.idle() && source->state().requests_in_flight == 0; }));
    EXPECT_EQ(world.kept().size(), instances);
    EXPECT_EQ(distinct(world.kept()), instances);
    EXPECT_EQ(world.count("versions"), static_cast<std::int64_t>(instances));
  }
  /// The first request for each path that ends so gets this instead of its answer.
  void fault_once(const std::string& ending, std::function<void(int)> instead) {
    auto met = std::make_shared<std::set<std::string>>();
    auto mutex = std::make_shared<std::mutex>();
    orthanc.fault([=](int socket, const std::string& path) {
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

TEST_F(OrthancSourceTest, BringsEveryStudyThatIsThereAtTheFirstStart) {
  orthanc.add_study(1, 30);
  orthanc.add_study(2, 1);
  orthanc.add_change(7, "StableStudy", resource_id('s', 1));
  start();
  expect_each_once(31);
  for (const Request& request : world.requests()) {
    EXPECT_EQ(request.state, RequestState::done);
    ASSERT_EQ(request.study_uids.size(), 1U);
    EXPECT_EQ(request.instances_fetched, request.instances_found);
  }
  EXPECT_EQ(catalog::read_cursor(world.catalog(), "orthanc")->value().position, 7);
}

TEST_F(OrthancSourceTest, ComparesWithoutFetchingWhenItIsStartedAgain) {
  orthanc.add_study(1, 5);
  start();
  expect_each_once(5);
  source->stop(seconds(5));
  source.reset();
  world.stop_recording();
  const int files = orthanc.asked("/instances/");
  start();
  EXPECT_TRUE(eventually([&] { return source->state().leading && orthanc.asked("/studies?expand&since=0") >= 2; }));
  EXPECT_TRUE(ask(resource_id('s', 1)));
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::done) == 2; }));
  expect_each_once(5);
  EXPECT_EQ(orthanc.asked("/instances/"), files);
}

TEST_F(OrthancSourceTest, BringsEachInstanceOnceFromTenTriggersAndThePoller) {
  start();
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->has_value(); }));
  const std::string study = orthanc.add_study(3, 40);
  for (unsigned n = 0; n < 40; ++n) orthanc.add_change(n + 1, "NewInstance", resource_id('i', 3'000 + n));
  orthanc.add_change(41, "StableStudy", study);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(ask(study));
  expect_each_once(40);
}

TEST_F(OrthancSourceTest, ReadsANumberOfChangesThatAppearsLate) {
  start();
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->has_value(); }));
  orthanc.add_study(4, 3);
  orthanc.add_change(1, "NewInstance", resource_id('i', 4'000));
  orthanc.add_change(3, "NewInstance", resource_id('i', 4'002));
  ASSERT_TRUE(kept(2));
  // The comparison of the start may have found them first.
  EXPECT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->value().position == 1; }));
  orthanc.add_change(2, "NewInstance", resource_id('i', 4'001));
  expect_each_once(3);
  EXPECT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->value().position == 3; }));
}

TEST_F(OrthancSourceTest, ComparesEverythingWhenTheIndexWasReplaced) {
  orthanc.add_change(1'000, "NewPatient", "");
  start();
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/changes?since=999&") > 0; }));
  orthanc.add_study(5, 2);
  orthanc.clear_changes();
  orthanc.add_change(3, "NewPatient", "");
  expect_each_once(2);
  EXPECT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->value().position == 3; }));
}

TEST_F(OrthancSourceTest, NoticesAReplacedIndexThatHasMoreChangesThanItsCursor) {
  orthanc.add_change(10, "NewPatient", resource_id('p', 1));
  start();
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/changes?since=9&") > 1; }));
  const auto read_to = [&](std::int64_t position) {
    return eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->value().position == position; });
  };
  // No change tells of this study: only a comparison finds it.
  orthanc.add_study(19, 2);
  orthanc.add_change(11, "NewPatient", resource_id('p', 3));
  EXPECT_TRUE(read_to(11));
  EXPECT_TRUE(world.kept().empty()) << "more changes alone are no other index";
  orthanc.add_change(11, "NewPatient", resource_id('p', 2));
  orthanc.add_change(12, "NewPatient", resource_id('p', 4));
  expect_each_once(2);
  EXPECT_TRUE(read_to(12));
}

TEST_F(OrthancSourceTest, SeesAnInstanceThatCameWithinTheSecondOfTheLastUpdate) {
  const std::string study = orthanc.add_study(20, 2);
  start();
  expect_each_once(2);
  orthanc.with([&](auto& studies) {
    const TestImage image{.study = "1.2.20", .series = "1.2.20.1", .sop = "1.2.20.1.9"};
    studies.at(study).instances[resource_id('i', 20'009)] = {dicom_file(image), Uuid::random().text()};
  });
  source->reconcile();
  expect_each_once(3);
  const std::size_t requests = world.requests().size();
  source->reconcile();
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/studies/" + study + "/statistics") >= 2; }));
  EXPECT_EQ(world.requests().size(), requests) << "what is known is not asked for again";
}

TEST_F(OrthancSourceTest, TheComparisonClosesNoStudyThatStillArrives) {
  const std::string arriving = orthanc.add_study(23, 1);
  const std::string whole = orthanc.add_study(24, 1);
  orthanc.with([&](auto& studies) { studies.at(arriving).stable = false; });
  start();
  expect_each_once(2);
  for (const Request& request : world.requests()) {
    EXPECT_EQ(request.closes, request.study == whole);
  }
}

TEST_F(OrthancSourceTest, AFileThatCameBackWithItsDiskIsNotLost) {
  options.lost_attempts = 1;
  options.lost_after = milliseconds(0);
  orthanc.add_study(22, 2);
  fault_once("/instances/" + resource_id('i', 22'001) + "/file",
             [](int socket) { FakeOrthanc::say(socket, FakeOrthanc::answer("500 Internal Server Error", "")); });
  start();
  expect_each_once(2);
  EXPECT_TRUE(world.buried().empty());
}

/// How an Orthanc answers that has lost a file, or has a proxy before it.
class LostFileTest : public OrthancSourceTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(LostFileTest, IsSetAsideAndTheStudyGoesOn) {
  options.lost_attempts = 4;
  options.lost_after = milliseconds(300);
  orthanc.add_study(21, 3);
  const std::string lost = resource_id('i', 21'001);
  std::atomic<bool> disk_away = true;
  orthanc.fault([&, lost](int socket, const std::string& path) {
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
  EXPECT_TRUE(letter.detail.starts_with("Orthanc has this instance and cannot give its file: ")) << letter.detail;
  EXPECT_EQ(letter.origin_resource, lost);
  // Once it was tried as one of its study.
  EXPECT_TRUE(std::ranges::any_of(buried, [](const DeadLetter& each) { return each.study_uid.get() == "1.2.21"; }));
  EXPECT_GE(letter.attempts, 4);
  EXPECT_GE(world.requests_in(RequestState::done), 1U) << "the study was closed without it";
}

INSTANTIATE_TEST_SUITE_P(Orthanc, LostFileTest, ::testing::Values("500 Internal Server Error", "404 Not Found"));

TEST_F(OrthancSourceTest, FetchesAgainWhatWasReplacedThere) {
  orthanc.add_study(6, 2);
  start();
  expect_each_once(2);
  orthanc.with([](auto& studies) {
    const TestImage image{.study = "1.2.6", .series = "1.2.6.1", .sop = "1.2.6.1.0", .description = "corrected"};
    studies.at(resource_id('s', 6)).instances.at(resource_id('i', 6'000)) = {dicom_file(image), Uuid::random().text()};
  });
  orthanc.add_change(1, "NewInstance", resource_id('i', 6'000));
  ASSERT_TRUE(kept(3));
  EXPECT_TRUE(eventually([&] { return world.count("versions") == 3; }));
}

TEST_F(OrthancSourceTest, AsksAgainForAFileThatWasCut) {
  orthanc.add_study(7, 6);
  fault_once("/file",
             [](int socket) { FakeOrthanc::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nDICM"); });
  start();
  expect_each_once(6);
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancSourceTest, AsksAgainForAFileOfWrongLength) {
  const std::string study = orthanc.add_study(8, 4);
  const std::string bytes = dicom_file({.study = "1.2.8"});
  fault_once("/file", [bytes](int socket) {
    FakeOrthanc::say(socket,
                     FakeOrthanc::answer("200 OK", bytes.substr(0, bytes.size() - 100),
                                         "Content-Disposition: filename=\"" + Uuid::random().text() + "\"\r\n"));
  });
  start();
  expect_each_once(4);
  for (const World::Kept& each : world.kept())
    EXPECT_EQ(each.size, dicom_file({.study = "1.2.8", .series = "1.2.8.1", .sop = each.sop}).size());
}

TEST_F(OrthancSourceTest, GivesUpATransferThatCreepsAndServesOthersMeanwhile) {
  const std::string slow = orthanc.add_study(9, 20);
  const std::string quick = orthanc.add_study(10, 5);
  std::atomic<bool> creeping = true;
  orthanc.fault([&](int socket, const std::string& path) {
    // The instances of study 9 have the numbers 9,000 to 9,019.
    const bool of_slow =
        path.starts_with("/instances/00000069-0000232") || path.starts_with("/instances/00000069-0000233");
    if (!of_slow || !creeping || !path.ends_with("/file")) return false;
    FakeOrthanc::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (creeping && !orthanc.stopping() && ::send(socket, "x", 1, MSG_NOSIGNAL) == 1)
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
  EXPECT_FALSE(source->state().paused);
  creeping = false;
  expect_each_once(25);
}

TEST_F(OrthancSourceTest, WaitsForAnOrthancThatIsAwayAndCountsNothing) {
  orthanc.add_study(11, 10);
  std::atomic<bool> away = true;
  orthanc.fault([&](int socket, const std::string&) {
    if (away) FakeOrthanc::say(socket, FakeOrthanc::answer("503 Service Unavailable", ""));
    return away.load();
  });
  start();
  EXPECT_TRUE(ask(resource_id('s', 11)));
  EXPECT_TRUE(eventually([&] {
    return orthanc.asked("/studies/") > 0 && source->state().paused && source->state().requests_in_flight == 0;
  }));
  EXPECT_FALSE(source->state().reason.empty());
  away = false;
  expect_each_once(10);
  EXPECT_FALSE(source->state().paused);
  EXPECT_TRUE(world.buried().empty());
  for (const Request& request : world.requests()) EXPECT_EQ(request.attempts, 1);
}

TEST_F(OrthancSourceTest, SetsAsideWhatSomebodyAskedForAndIsNotThere) {
  start();
  ASSERT_TRUE(ask(resource_id('s', 99)));
  ASSERT_TRUE(eventually([&] { return world.requests_in(RequestState::failed) == 1; }));
  ASSERT_EQ(world.buried().size(), 1U);
  const DeadLetter letter = world.buried().front();
  EXPECT_EQ(letter.stage, Stage::fetch);
  EXPECT_EQ(letter.cause, "not_found");
  EXPECT_EQ(letter.original_payload, "{\"ID\":\"" + resource_id('s', 99) + "\",\"Path\":\"Study\"}");
}

TEST_F(OrthancSourceTest, OnlyNotesWhatWasDeletedAfterItsChange) {
  start();
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->has_value(); }));
  orthanc.add_study(12, 1);
  orthanc.add_change(1, "NewInstance", resource_id('i', 77));
  orthanc.add_change(2, "StableStudy", resource_id('s', 78));
  orthanc.add_change(3, "NewInstance", resource_id('i', 12'000));
  expect_each_once(1);
  EXPECT_TRUE(world.buried().empty());
  EXPECT_EQ(world.requests_in(RequestState::done), world.requests().size());
}

TEST_F(OrthancSourceTest, KeepsAFileThatIsNotDicomWithTheReason) {
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

TEST_F(OrthancSourceTest, GivesBackWhatItIsWorkingOnWhenItStops) {
  orthanc.add_study(14, 200);
  std::atomic<bool> hold = true;
  orthanc.fault([&](int, const std::string& path) {
    while (path.ends_with("/file") && hold && !orthanc.stopping()) std::this_thread::sleep_for(milliseconds(5));
    return false;
  });
  options.stall_timeout = seconds(60);
  start();
  ASSERT_TRUE(ask(resource_id('s', 14)));
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/instances/") > 0; }));
  const auto began = std::chrono::steady_clock::now();
  source->stop(milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
  for (const Request& request : world.requests()) EXPECT_FALSE(request.interrupted);
  source.reset();
  world.stop_recording();
  hold = false;
  start();
  expect_each_once(200);
}

TEST_F(OrthancSourceTest, LeavesHeadersUnreadAfterAnUncleanEnd) {
  const std::string study = orthanc.add_study(15, 3);
  catalog::Requests requests(world.catalog());
  NewRequest wanted;
  wanted.source = "orthanc";
  wanted.study = study;
  ASSERT_TRUE(requests.submit(std::vector{wanted}));
  // As if this process had claimed it in an earlier life.
  ASSERT_EQ(requests.claim("orthanc", world.inbox().replica_id() + "/orthanc", 10, seconds(600))->size(), 1U);
  start();
  ASSERT_TRUE(kept(3));
  const std::vector<World::Kept> kept_first = world.kept();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(kept_first[i].sop.empty() && !kept_first[i].refused);
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::done) >= 1; }));
}

TEST_F(OrthancSourceTest, RefusesAnIdentifierThatIsNone) {
  source = std::make_unique<OrthancSource>(options, world.rooms());
  for (const std::string& id :
       {std::string("../../etc"), std::string(), std::string(44, '-'), "http://x/" + std::string(35, 'a')}) {
    const auto answer = ask(id);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::invalid);
  }
}

TEST_F(OrthancSourceTest, LeavesTheChangesToTheReplicaThatLeads) {
  orthanc.add_change(1, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(catalog::lead(world.catalog(), "poller/orthanc", "another", seconds(600), std::nullopt));
  start();
  ASSERT_TRUE(ask(orthanc.add_study(16, 2)));
  expect_each_once(2);
  EXPECT_FALSE(source->state().leading);
  EXPECT_EQ(orthanc.asked("/changes"), 0);
}

}  // namespace
}  // namespace dmw::sources
