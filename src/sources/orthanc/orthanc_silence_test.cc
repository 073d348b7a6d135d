// An Orthanc that accepts what is asked and does not answer: it is told long before a transfer is given up.
#include <set>

#include "sources/orthanc/test_source.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = PartState::State;

class OrthancSilenceTest : public OrthancSourceTest {
 protected:
  OrthancSilenceTest() { options.silent_after = milliseconds(200); }

  /// What begins so is held back until let_go() or the end of the fault, and then answered.
  FakeOrthanc::Fault hold(const std::string& prefix) {
    held_ = true;
    return orthanc.fault([this, prefix](int, const std::string& path) {
      while (path.starts_with(prefix) && held_ && !orthanc.waits_no_more())
        std::this_thread::sleep_for(milliseconds(1));
      return false;
    });
  }
  void let_go() { held_ = false; }
  bool is(State state) {
    return eventually([&] { return source->state().state == state; });
  }

 private:
  std::atomic<bool> held_ = false;
};

TEST_F(OrthancSilenceTest, IsToldLongBeforeATransferIsGivenUp) {
  options.stall_timeout = seconds(60);
  orthanc.add_study(31, 3);
  const auto fault = hold("/");
  start();
  ASSERT_TRUE(is(State::degraded));
  const PartState told = source->state();
  EXPECT_EQ(told.reason, "Orthanc at " + orthanc.url() + " has accepted the connection and has not answered for 0 s");
  EXPECT_GT(told.since.value_or(0), 0);
  let_go();
  EXPECT_TRUE(is(State::ok));
  expect_each_once(3);
}

TEST_F(OrthancSilenceTest, OfOneFileIsNoSilenceAndTheFileIsWaitedFor) {
  options.stall_timeout = seconds(60);
  options.silent_after = seconds(30);
  orthanc.add_study(32, 1);
  const auto fault = hold("/instances/" + resource_id('i', 32'000) + "/file");
  start();
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/instances/" + resource_id('i', 32'000) + "/file") == 1; }));
  const int before = orthanc.asked("/changes");
  ASSERT_TRUE(eventually([&] { return orthanc.asked("/changes") >= before + 3; }));
  EXPECT_LT(options.silence->lasting(SystemClock().monotonic()).value_or(milliseconds(0)), options.silent_after);
  EXPECT_EQ(source->state().state, State::ok);
  let_go();
  expect_each_once(1);
  EXPECT_EQ(orthanc.asked("/instances/" + resource_id('i', 32'000) + "/file"), 1) << "not given up";
}

TEST_F(OrthancSilenceTest, IsOneTroubleHoweverOftenItIsAsked) {
  options.probe_timeout = milliseconds(400);
  const auto fault = hold("/");
  start();
  std::set<std::string> reasons;
  // Given up once by the pass, and then by probes.
  ASSERT_TRUE(eventually([&] {
    if (const PartState told = source->state(); !told.well()) reasons.insert(told.reason);
    return orthanc.asked("/system") >= 3;
  }));
  ASSERT_EQ(reasons.size(), 1U);
  EXPECT_TRUE(reasons.begin()->contains("has not answered")) << *reasons.begin();
  let_go();
  EXPECT_TRUE(is(State::ok));
}

TEST_F(OrthancSilenceTest, EndsWhenItRefusesInsteadOfBeingSilent) {
  options.stall_timeout = seconds(60);
  const auto fault = hold("/");
  start();
  ASSERT_TRUE(is(State::degraded));
  const auto refusal = orthanc.fault([](int socket, const std::string&) {
    FakeOrthanc::say(socket, FakeOrthanc::answer("503 Service Unavailable", ""));
    return true;
  });
  let_go();
  EXPECT_TRUE(eventually([&] { return source->state().reason.contains("503"); })) << source->state().reason;
}

TEST_F(OrthancSilenceTest, DoesNotHoldAStop) {
  options.stall_timeout = std::chrono::minutes(2);
  const auto fault = hold("/");
  start();
  ASSERT_TRUE(is(State::degraded));
  const auto began = std::chrono::steady_clock::now();
  source->stop(seconds(5));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::minutes(1)) << "not until the call is given up";
}

}  // namespace
}  // namespace dmw::sources
