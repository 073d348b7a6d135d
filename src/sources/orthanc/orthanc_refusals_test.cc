// What the source does when it is refused: by an Orthanc, or by somebody before it.
#include <atomic>

#include "sources/orthanc/test_refusals.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Proxy {
  const char* name;
  std::function<bool(const std::string&)> refuses;
};
class ProxyTest : public OrthancRefusalsTest, public ::testing::WithParamInterface<Proxy> {};

TEST_P(ProxyTest, A404OfItsOwnIsNoAbsence) {
  const std::string study = orthanc.add_study(41, 12);
  const auto fault = refuse(8, GetParam().refuses, "404 Not Found", page);
  start();
  ASSERT_TRUE(ask(study));
  expect_each_once(12);
  EXPECT_TRUE(world.buried().empty());
  EXPECT_EQ(tag(), "20260131T120000/12");
  EXPECT_EQ(looks(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Orthanc, ProxyTest,
    ::testing::Values(Proxy{"Files", [](const std::string& path) { return path.ends_with("/file"); }},
                      Proxy{"Instances", [](const std::string& path) { return path.starts_with("/instances/"); }},
                      Proxy{"Series", [](const std::string& path) { return path.starts_with("/series/"); }},
                      Proxy{"Studies", [](const std::string& path) { return path.starts_with("/studies/"); }},
                      Proxy{"AllButSystem", [](const std::string& path) { return path != "/system"; }},
                      Proxy{"All", [](const std::string&) { return true; }}),
    [](const auto& case_of) { return case_of.param.name; });

/// The answer of an Orthanc that does not have an instance.
class AbsenceTest : public OrthancRefusalsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(AbsenceTest, IsBelievedAndTheStudyIsComparedAgain) {
  const std::string how = GetParam();
  const std::string study = orthanc.add_study(42, 5);
  const std::string gone = resource_id('i', 42'002);
  // Listed, and deleted before it is fetched.
  auto fault = orthanc.fault([=](int socket, const std::string& path) {
    const bool bulk = path == "/tools/bulk-content";
    if (bulk && how == "bulk") return false;
    if (!path.contains(gone) && !bulk) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("404 Not Found", how == "described" && !bulk ? described : ""));
    return true;
  });
  if (how == "bulk") {
    // The bulk question leaves it out: the list of its series is of a moment before.
    orthanc.hide_from_bulk(gone);
  }
  start();
  ASSERT_TRUE(kept(4));
  EXPECT_TRUE(eventually([&] { return looks() == 1 && through(); }));
  EXPECT_EQ(world.kept().size(), 4U);
  EXPECT_TRUE(world.buried().empty());
  EXPECT_EQ(tag(), "incomplete") << "nothing that a comparison would take for the whole study";
  EXPECT_TRUE(world.metrics_text().contains("dicom_middleware_source_absent_total{source=\"orthanc\"} 1"));
  // A minute later, and it is there.
  fault.end();
  look_now();
  expect_each_once(5);
  EXPECT_EQ(tag(), "20260131T120000/5");
}

INSTANTIATE_TEST_SUITE_P(Orthanc, AbsenceTest, ::testing::Values("described", "bulk", "undescribed"),
                         [](const auto& case_of) { return std::string(case_of.param); });

TEST_F(OrthancRefusalsTest, AStudyThatStaysIncompleteIsComparedThreeTimes) {
  orthanc.add_study(43, 2);
  const std::string gone = resource_id('i', 43'001);
  const auto fault = orthanc.fault([=](int socket, const std::string& path) {
    if (!path.contains(gone)) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("404 Not Found", described));
    return true;
  });
  start();
  expect_three_looks();
}

TEST_F(OrthancRefusalsTest, AWholeStudyThatIsAbsentIsLookedForAgain) {
  start_empty();
  orthanc.add_change(1, "StableStudy", resource_id('s', 48));
  EXPECT_TRUE(eventually([&] { return looks() == 1 && through(); }));
  EXPECT_EQ(tag(), "incomplete");
  EXPECT_TRUE(world.metrics_text().contains("dicom_middleware_source_absent_total{source=\"orthanc\"} 1"));
  orthanc.add_study(48, 3);
  look_now();
  expect_each_once(3);
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancRefusalsTest, AWholeStudyThatStaysAbsentIsLookedForThreeTimes) {
  start_empty();
  orthanc.add_change(1, "StableStudy", resource_id('s', 49));
  expect_three_looks();
}

TEST_F(OrthancRefusalsTest, WhatSomebodyAskedForIsToldAsFailedAndLookedForAgain) {
  start_empty();
  ASSERT_TRUE(ask(resource_id('s', 50)));
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::failed) == 1 && looks() == 1 && through(); }));
  EXPECT_EQ(world.buried().size(), 1U);
  orthanc.add_study(50, 3);
  look_now();
  expect_each_once(3);
  EXPECT_EQ(world.buried().size(), 1U);
}

/// A new request is followed by looks as often as if nothing had waited.
TEST_F(OrthancRefusalsTest, ARequestThatJoinsAWaitingLookIsNoLook) {
  start_empty();
  const std::string study = resource_id('s', 58);
  orthanc.add_change(1, "StableStudy", study);
  EXPECT_TRUE(eventually([&] { return looks() == 1 && through(); }));
  look_now();
  EXPECT_TRUE(eventually([&] { return looks() == 2 && through(); }));
  ASSERT_TRUE(ask(study));
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::failed) == 1 && through(); }));
  EXPECT_TRUE(eventually([&] { return world.requests_in(RequestState::waiting) == 1; }));
  EXPECT_EQ(world.catalog().read("select look from requests where state = 0")->front().integer(0), 1);
}

TEST_F(OrthancRefusalsTest, SingleInstancesThatAreAbsentAreLookedForAgain) {
  start_empty();
  orthanc.add_study(51, 3);
  const std::string gone = resource_id('i', 51'001);
  auto fault = orthanc.fault([=](int socket, const std::string& path) {
    if (!path.contains(gone)) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("404 Not Found", described));
    return true;
  });
  for (unsigned n = 0; n < 3; ++n) orthanc.add_change(n + 1, "NewInstance", resource_id('i', 51'000 + n));
  ASSERT_TRUE(kept(2));
  EXPECT_TRUE(eventually([&] { return looks() == 1 && through(); }));
  EXPECT_EQ(world.catalog().read("select instances from requests where look = 1")->front().text(0),
            "[\"" + gone + "\"]")
      << "and nothing else";
  fault.end();
  look_now();
  expect_each_once(3);
}

TEST_F(OrthancRefusalsTest, SingleInstancesThatStayAbsentAreLookedForThreeTimes) {
  start_empty();
  orthanc.add_change(1, "NewInstance", resource_id('i', 52'000));
  expect_three_looks();
}

/// The end of its request cannot be written for a while.
TEST_F(OrthancRefusalsTest, AnAbsenceIsToldOnceHoweverOftenItsRequestIsFinished) {
  testing::internal::CaptureStderr();
  start_empty();
  const auto script = [&](const std::string& text) {
    ASSERT_TRUE(world.catalog().write([&](db::Transaction& t) { return t.script(text); }));
  };
  script("create trigger no_end before update on requests when new.state = 2 begin select raise(abort, 'no'); end");
  orthanc.add_change(1, "StableStudy", resource_id('s', 59));
  EXPECT_TRUE(eventually([&] { return source->progress().unnoted.has_value(); }));
  script("drop trigger no_end");
  EXPECT_TRUE(eventually([&] { return looks() == 1 && through(); }));
  source->stop(seconds(5));
  const std::string told = testing::internal::GetCapturedStderr();
  const std::size_t first = told.find("retry in");
  ASSERT_NE(first, told.npos) << told;
  EXPECT_EQ(told.find("retry in", first + 1), told.npos) << told;
}

TEST_F(OrthancRefusalsTest, AStudyThatIsAbsentWhenItIsCountedIsLookedForAgain) {
  orthanc.add_study(53, 2);
  start();
  expect_each_once(2);
  EXPECT_EQ(tag(), "20260131T120000/2");
  // Within the second of its last update, so that only the count can tell.
  orthanc.add_study(53, 3);
  auto fault = orthanc.fault([](int socket, const std::string& path) {
    if (!path.starts_with("/studies/") && path != "/tools/bulk-content") return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("404 Not Found", described));
    return true;
  });
  source->reconcile();
  EXPECT_TRUE(eventually([&] { return looks() == 1 && through(); }));
  EXPECT_EQ(tag(), "incomplete");
  fault.end();
  look_now();
  EXPECT_TRUE(eventually([&] { return tag() == "20260131T120000/3" && world.idle(); }));
}

class StatusTest : public OrthancRefusalsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(StatusTest, BuriesNothing) {
  const std::string study = orthanc.add_study(44, 8);
  const std::string refused = resource_id('i', 44'003);
  std::atomic<bool> refusing = true;
  const auto fault = orthanc.fault([&, refused](int socket, const std::string& path) {
    if (!refusing || !path.contains(refused)) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer(GetParam(), page));
    return true;
  });
  start();
  ASSERT_TRUE(ask(study));
  EXPECT_TRUE(kept(7)) << "the others come";
  // It is tried again and again, and somebody can read why.
  EXPECT_TRUE(eventually([&] {
    return std::ranges::any_of(world.requests(), [&](const Request& request) {
      return request.attempts >= 2 && request.last_error.contains(std::string(GetParam()).substr(0, 3));
    });
  }));
  EXPECT_TRUE(world.buried().empty());
  EXPECT_FALSE(source->progress().paused);
  refusing = false;
  expect_each_once(8);
  EXPECT_TRUE(world.buried().empty());
}

INSTANTIATE_TEST_SUITE_P(Orthanc, StatusTest,
                         ::testing::Values("401 Unauthorized", "403 Forbidden", "405 Method Not Allowed",
                                           "408 Request Timeout", "409 Conflict", "410 Gone", "413 Too Large",
                                           "423 Locked", "425 Too Early", "429 Too Many Requests",
                                           "500 Internal Server Error", "503 Service Unavailable"),
                         [](const auto& case_of) { return "Status" + std::string(case_of.param).substr(0, 3); });

/// Any request except the page of changes, the studies to compare, and `/system`.
struct Barren {
  const char* name;
  const char* answer;
  bool lists;
};
class BarrenTest : public OrthancRefusalsTest, public ::testing::WithParamInterface<Barren> {};

TEST_P(BarrenTest, IsToldWhileTheSourceAnswers) {
  options.barren_after = milliseconds(100);
  const std::string study = orthanc.add_study(61, 4);
  std::atomic<bool> refusing = true;
  const auto fault = orthanc.fault([&](int socket, const std::string& path) {
    const bool is_list = path.starts_with("/studies/") || path.starts_with("/series/") || path == "/tools/bulk-content";
    if (!refusing || !(GetParam().lists ? is_list : path.ends_with("/file"))) return false;
    FakeOrthanc::say(socket, GetParam().answer);
    return true;
  });
  start();
  ASSERT_TRUE(ask(study));
  EXPECT_TRUE(eventually([&] { return source->progress().barren; }));
  const OrthancProgress state = source->progress();
  EXPECT_FALSE(state.paused);
  EXPECT_NE(state.reason.find(GetParam().lists ? "it does not deliver the list of " + study : "it delivers no file: "),
            std::string::npos)
      << state.reason;
  EXPECT_NE(state.since, 0);
  refusing = false;
  expect_each_once(4);
  EXPECT_FALSE(source->progress().barren) << source->state().reason;
  EXPECT_TRUE(world.buried().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Orthanc, BarrenTest,
    ::testing::Values(Barren{"Files403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", false},
                      Barren{"Files404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false},
                      Barren{"Files500", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", false},
                      Barren{"FilesCut", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nDICM", false},
                      Barren{"Lists403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", true},
                      Barren{"Lists500", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", true}),
    [](const auto& case_of) { return case_of.param.name; });

TEST_F(OrthancRefusalsTest, AStudyThatCannotBeListedForNowIsNotBuried) {
  const std::string study = orthanc.add_study(45, 3);
  const auto fault = refuse(
      6, [](const std::string& path) { return path.starts_with("/studies/") || path == "/tools/bulk-content"; },
      "403 Forbidden");
  start();
  ASSERT_TRUE(ask(study));
  expect_each_once(3);
  EXPECT_TRUE(world.buried().empty());
}

/// A source that lets some requests through in each second.
class LimitTest : public OrthancRefusalsTest, public ::testing::WithParamInterface<std::string> {
 protected:
  LimitTest() { options.poll_interval = seconds(1); }
  FakeOrthanc::Fault let_through_each_second(int most) {
    auto second = std::make_shared<std::atomic<std::int64_t>>(0);
    auto count = std::make_shared<std::atomic<int>>(0);
    return orthanc.fault([=](int socket, const std::string&) {
      const auto now = std::chrono::floor<seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
      if (second->exchange(now) != now) *count = 0;
      if (count->fetch_add(1) < most) return false;
      FakeOrthanc::say(socket, "HTTP/1.1 " + GetParam() + "Content-Length: 0\r\n\r\n");
      return true;
    });
  }
};

TEST_P(LimitTest, IsNoOutage) {
  const std::string study = orthanc.add_study(46, 120);
  const auto fault = let_through_each_second(20);
  start();
  ASSERT_TRUE(ask(study));
  EXPECT_TRUE(eventually([&] { return source->progress().limited; }));
  EXPECT_TRUE(source->state().reason.starts_with("limited by the source")) << source->state().reason;
  expect_each_once(120);
  EXPECT_TRUE(world.buried().empty());
  for (const Request& request : world.requests()) EXPECT_EQ(request.attempts, 1) << "nothing is begun anew";
  int files = 0;
  for (unsigned n = 0; n < 120; ++n) files += orthanc.asked("/instances/" + resource_id('i', 46'000 + n) + "/file");
  EXPECT_LT(files, 240) << "what has come is kept";
}

INSTANTIATE_TEST_SUITE_P(Orthanc, LimitTest,
                         ::testing::Values("503 Service Unavailable\r\n", "429 Too Many Requests\r\n",
                                           "503 Service Unavailable\r\nRetry-After: 1\r\n"));

TEST_P(LimitTest, IsToldOnceByWhoFollowsTheChanges) {
  options.poll_interval = milliseconds(5);
  std::atomic<int> questions = 0;
  const auto fault = orthanc.fault([&](int socket, const std::string& path) {
    if (!path.starts_with("/changes?since") || questions++ % 2 == 0) return false;
    FakeOrthanc::say(socket, "HTTP/1.1 " + GetParam() + "Content-Length: 0\r\n\r\n");
    return true;
  });
  testing::internal::CaptureStderr();
  start();
  const bool asks_for_pauses = GetParam().contains("Retry-After");
  EXPECT_TRUE(eventually([&] { return questions > (asks_for_pauses ? 4 : 40); }));
  EXPECT_TRUE(source->progress().limited) << source->state().reason;
  EXPECT_FALSE(source->progress().paused);
  source->stop(seconds(5));
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_FALSE(told.contains("lane paused")) << told;
  const std::size_t first = told.find("orthanc limited");
  EXPECT_NE(first, told.npos) << told;
  EXPECT_EQ(told.find("orthanc limited", first + 1), told.npos) << told;
}

}  // namespace
}  // namespace dmw::sources
