#include "sources/orthanc/orthanc_source.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

#include "catalog/erasing.h"
#include "catalog/leaders.h"
#include "sources/orthanc/test_source.h"
#include "testing/away_database.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(OrthancSourceTest, WaitsForACatalogThatIsAwayWithoutAskingTheOrthanc) {
  AwayDatabase catalog(world.catalog());
  world.record();
  const Surroundings rooms = world.rooms();
  source = std::make_unique<OrthancSource>(options, Surroundings{catalog, rooms.inbox, rooms.metrics, rooms.clock,
                                                                 rooms.holder, rooms.bury, rooms.progressed});
  ASSERT_TRUE(source->start());
  ASSERT_TRUE(eventually([&] { return source->progress().leading; }));
  catalog.away = true;
  ASSERT_TRUE(eventually([&] { return source->progress().paused && catalog.probes >= 2; }));
  const int asked = orthanc.asked("/system");
  const int probes = catalog.probes;
  ASSERT_TRUE(eventually([&] { return catalog.probes >= probes + 4; })) << "each second, by both threads";
  EXPECT_EQ(orthanc.asked("/system"), asked);
  EXPECT_EQ(source->state().reason, "the server is away");
  catalog.away = false;
  orthanc.add_study(1, 3);
  orthanc.add_change(1, "StableStudy", resource_id('s', 1));
  expect_each_once(3);
  source.reset();  // before its catalog
}

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
  EXPECT_TRUE(eventually([&] { return source->progress().leading && orthanc.asked("/studies?expand&since=0") >= 2; }));
  EXPECT_TRUE(ask(resource_id('s', 1)));
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::done) == 2; }));
  expect_each_once(5);
  EXPECT_EQ(orthanc.asked("/instances/"), files);
}

TEST_F(OrthancSourceTest, ARequestWhoseEndTheCatalogRefusesKeepsNoOther) {
  const auto change = [&](const std::string& sql) {
    ASSERT_TRUE(world.catalog().write([&](db::Transaction& t) { return t.script(sql); }));
  };
  for (unsigned n = 1; n <= 5; ++n) orthanc.add_study(n, 2);
  change(
      format("create trigger refusal before update on requests when new.state = 2 and new.study = '{}' begin select "
             "raise(abort, 'not this one'); end",
             resource_id('s', 2)));
  start();
  EXPECT_TRUE(kept(10));
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::done) == 4; }));
  EXPECT_TRUE(eventually([&] { return source->progress().unnoted.has_value(); }));
  EXPECT_NE(source->progress().unnoted.value_or(lane::Aside::State()).reason.find("not this one"), std::string::npos);
  change("drop trigger refusal");
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::done) == 5; }));
  EXPECT_TRUE(eventually([&] { return !source->progress().unnoted; }));
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

TEST_F(OrthancSourceTest, LeavesAnErasedStudyAwayUntilSomebodyAsksForItOrSendsOfIt) {
  const std::string study = orthanc.add_study(31, 3);
  orthanc.add_study(32, 1);
  start();
  expect_each_once(4);
  const auto erase = [&](const std::string& uid) {
    catalog::EraseOrder order{.study = StudyUid(uid), .session = {}, .actor = "test", .reason = "test", .grace = {}};
    order.session.id = new_session_id();
    ASSERT_TRUE(catalog::erase(world.catalog(), order, 1));
  };
  erase("1.2.31");
  orthanc.add_change(1, "StableStudy", study);
  orthanc.add_change(2, "StableStudy", resource_id('s', 32));
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->value().position == 2; }));
  ASSERT_TRUE(eventually([&] { return world.idle(); }));
  const std::size_t requests = world.requests().size();
  orthanc.with([&](auto& studies) { studies.at(study).last_update = "20260131T120001"; });
  source->reconcile();
  EXPECT_TRUE(eventually([&] { return world.requests().size() == requests + 1 && world.idle(); })) << "it is compared";
  EXPECT_EQ(world.kept().size(), 4U);
  EXPECT_TRUE(ask(study));
  EXPECT_TRUE(kept(7)) << "somebody asked";
  EXPECT_TRUE(eventually([&] { return world.idle() && world.count("versions") == 4; }));
  erase("1.2.31");
  orthanc.add_change(3, "NewInstance", resource_id('i', 31'000));
  EXPECT_TRUE(kept(8)) << "it was sent again there";
}

TEST_F(OrthancSourceTest, BuriesNothingThatWasDeletedAfterItsChange) {
  start();
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->has_value(); }));
  orthanc.add_study(12, 1);
  orthanc.add_change(1, "NewInstance", resource_id('i', 77));
  orthanc.add_change(2, "StableStudy", resource_id('s', 78));
  orthanc.add_change(3, "NewInstance", resource_id('i', 12'000));
  EXPECT_TRUE(kept(1));
  EXPECT_TRUE(eventually([&] {
    const std::vector<Request> requests = world.requests();
    return world.requests_in(RequestState::waiting) == 2 && std::ranges::all_of(requests, [](const Request& request) {
             return request.state == (request.look > 0 ? RequestState::waiting : RequestState::done);
           });
  })) << "they are looked for later";
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancSourceTest, GivesBackWhatItIsWorkingOnWhenItStops) {
  orthanc.add_study(14, 200);
  std::atomic<bool> hold = true;
  const auto fault = orthanc.fault([&](int, const std::string& path) {
    while (path.ends_with("/file") && hold && !orthanc.waits_no_more()) std::this_thread::sleep_for(milliseconds(5));
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
  EXPECT_FALSE(source->progress().leading);
  EXPECT_EQ(orthanc.asked("/changes"), 0);
}

}  // namespace
}  // namespace dmw::sources
