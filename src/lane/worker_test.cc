#include "lane/worker.h"

#include <algorithm>
#include <array>
#include <deque>

#include <gtest/gtest.h>
#include <pthread.h>

#include "testing/manual_clock.h"

namespace dmw::lane {
namespace {

using std::chrono::milliseconds;

/// Counts what the worker calls, and lets a test wait for a count.
class Calls {
 public:
  void count() {
    const std::scoped_lock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool reaches(int wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ >= wanted; });
  }
  int get() {
    const std::scoped_lock lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// A worker whose passes and probes answer what the test has queued; success when nothing is.
struct Scripted {
  bool told = false;
  std::deque<Result<bool>> passes;
  std::deque<Result<>> probes;
  int passed = 0;
  int probed = 0;
  ManualClock clock;
  Worker worker{{.name = "scripted",
                 .interval = milliseconds(700),
                 .pass = [this]() -> Result<bool> {
                   ++passed;
                   if (passes.empty()) return false;
                   Result<bool> next = passes.front();
                   passes.pop_front();
                   return next;
                 },
                 .probe = [this]() -> Result<> {
                   ++probed;
                   if (probes.empty()) return {};
                   Result<> next = probes.front();
                   probes.pop_front();
                   return next;
                 }},
                clock};
};

TEST(Worker, WaitsForItsIntervalUnlessThereIsMore) {
  Scripted scripted;
  scripted.passes = {true, false};
  EXPECT_EQ(scripted.worker.step().most, milliseconds(0));
  const Worker::Wait wait = scripted.worker.step();
  EXPECT_EQ(wait.most, milliseconds(700));
  EXPECT_TRUE(wait.ends_with_nudge);
}

TEST(Worker, OnlyProbesWhileItsDatabaseIsAway) {
  Scripted scripted;
  scripted.passes = {fail(Errc::unavailable, "the database is away")};
  scripted.probes = {fail(Errc::unavailable, "still away"), fail(Errc::timeout, "still slow")};
  Worker::Wait wait = scripted.worker.step();
  EXPECT_FALSE(wait.ends_with_nudge);
  EXPECT_TRUE(scripted.worker.state().paused);
  EXPECT_EQ(scripted.worker.state().reason, "the database is away");
  const MicrosUtc since = scripted.worker.state().since;
  EXPECT_EQ(since, scripted.clock.now());
  scripted.clock.advance(std::chrono::minutes(1));
  for (int i = 0; i < 2; ++i) {
    wait = scripted.worker.step();
    EXPECT_EQ(wait.most, milliseconds(1'000));
    EXPECT_FALSE(wait.ends_with_nudge);
  }
  EXPECT_EQ(scripted.passed, 1);
  EXPECT_EQ(scripted.worker.state().since, since);
  EXPECT_EQ(scripted.worker.state().reason, "still slow");

  EXPECT_EQ(scripted.worker.step().most, milliseconds(700));
  EXPECT_EQ(scripted.passed, 2);
  EXPECT_EQ(scripted.probed, 3);
  EXPECT_FALSE(scripted.worker.state().paused);
}

TEST(Worker, TellsEachFaultOnceAndLeavesOutagesToItsOwner) {
  Scripted scripted;
  const auto lines_of = [&](std::initializer_list<Result<bool>> passes) {
    scripted.passes = passes;
    testing::internal::CaptureStderr();
    for (std::size_t n = 0; n < passes.size(); ++n) scripted.worker.step();
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(lines_of({fail(Errc::unavailable, "it is away"), false}), "");
  const auto told = [](const std::string& lines, const char* what) { return lines.find(what) != lines.npos; };
  const std::string lines = lines_of({fail(Errc::data, "row 7 is wrong"), fail(Errc::data, "row 8 is wrong")});
  EXPECT_TRUE(told(lines, "row 7 is wrong lane=")) << lines;
  EXPECT_FALSE(told(lines, "row 8")) << lines;
  EXPECT_TRUE(told(lines_of({fail(Errc::data, "a column is missing")}), "a column is missing")) << "another cause";
  EXPECT_EQ(lines_of({false, false}), "");
  EXPECT_TRUE(told(lines_of({fail(Errc::data, "row 7 is wrong")}), "row 7 is wrong")) << "another time";
}

TEST(Worker, StaysPausedWhileTheProbeSucceedsAndThePassDoesNot) {
  Scripted scripted;
  scripted.passes = {fail(Errc::full, "disk full"), fail(Errc::full, "disk full"), fail(Errc::full, "disk full")};
  for (int i = 0; i < 3; ++i) {
    const Worker::Wait wait = scripted.worker.step();
    EXPECT_GE(wait.most, milliseconds(1'000));
    EXPECT_TRUE(scripted.worker.state().paused);
  }
  scripted.worker.step();
  EXPECT_FALSE(scripted.worker.state().paused);
}

TEST(Worker, TriesAgainLaterAfterAFaultThatIsNoOutage) {
  Scripted scripted;
  for (int i = 0; i < 20; ++i) scripted.passes.push_back(fail(Errc::data, "a row is wrong"));
  testing::internal::CaptureStderr();
  for (int i = 0; i < 20; ++i) {
    const Worker::Wait wait = scripted.worker.step();
    EXPECT_LE(wait.most, milliseconds(30'000));
    EXPECT_FALSE(wait.ends_with_nudge);
    EXPECT_FALSE(scripted.worker.state().paused);
  }
  EXPECT_EQ(scripted.probed, 0);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << "told once, while it is the same: " << said;
}

TEST(Worker, TellsThatItFailsUntilAPassSucceeds) {
  Scripted scripted;
  EXPECT_TRUE(scripted.worker.state().well());
  scripted.passes = {fail(Errc::unavailable, "the database is away"), fail(Errc::data, "a row is wrong"),
                     fail(Errc::corrupted, "another row is wrong")};
  scripted.worker.step();
  const MicrosUtc since = scripted.worker.state().since;
  for (const char* reason : {"a row is wrong", "another row is wrong"}) {
    scripted.worker.step();
    const Worker::State state = scripted.worker.state();
    EXPECT_TRUE(state.failing);
    EXPECT_FALSE(state.paused);
    EXPECT_EQ(state.reason, reason);
    EXPECT_EQ(state.since, since) << "nothing has gone well since";
  }
  scripted.worker.step();
  EXPECT_TRUE(scripted.worker.state().well());
  EXPECT_EQ(scripted.worker.state().reason, "");
}

/// Until the worker waits for nothing but this time.
bool waits_until(const ManualClock& clock, Monotonic time) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (clock.awaited() != time) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(Worker, RunsAtOnceWhenItStartsAndWhenItIsNudged) {
  ManualClock clock;
  Calls calls;
  std::array<char, 16> name{};
  Worker worker({.name = "a name over fifteen",
                 .interval = std::chrono::hours(1),
                 .pass = [&]() -> Result<bool> {
                   ::pthread_getname_np(::pthread_self(), name.data(), name.size());
                   calls.count();
                   return false;
                 },
                 .probe = {}},
                clock);
  worker.start();
  ASSERT_TRUE(calls.reaches(1));
  worker.nudge();
  ASSERT_TRUE(calls.reaches(2));
  worker.stop();
  EXPECT_STREQ(name.data(), "a name over fif");
}

TEST(Worker, RunsAgainWhenItsIntervalIsOver) {
  ManualClock clock;
  Calls calls;
  Worker worker({.name = "again",
                 .interval = std::chrono::hours(1),
                 .pass = [&]() -> Result<bool> {
                   calls.count();
                   return false;
                 },
                 .probe = {}},
                clock);
  worker.start();
  for (int passes = 1; passes < 4; ++passes) {
    ASSERT_TRUE(calls.reaches(passes));
    ASSERT_TRUE(waits_until(clock, clock.monotonic() + std::chrono::hours(1)));
    clock.advance(std::chrono::minutes(59));
    ASSERT_TRUE(waits_until(clock, clock.monotonic() + std::chrono::minutes(1)));
    EXPECT_EQ(calls.get(), passes);
    clock.advance(std::chrono::minutes(1));
  }
  worker.stop();
}

TEST(Worker, ProbesAgainASecondAfterAnOutageWhoeverNudges) {
  ManualClock clock;
  Calls probes;
  Worker worker({.name = "away",
                 .interval = std::chrono::hours(1),
                 .pass = []() -> Result<bool> { return fail(Errc::unavailable, "away"); },
                 .probe = [&]() -> Result<> {
                   probes.count();
                   return fail(Errc::unavailable, "away");
                 }},
                clock);
  worker.start();
  for (int probed = 0; probed < 3; ++probed) {
    ASSERT_TRUE(waits_until(clock, clock.monotonic() + std::chrono::seconds(1)));
    worker.nudge();
    ASSERT_TRUE(waits_until(clock, clock.monotonic() + std::chrono::seconds(1)));
    EXPECT_EQ(probes.get(), probed);
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(probes.reaches(probed + 1));
  }
  worker.stop();
}

TEST(Worker, RestsAsLongAsItsPassTookHoweverOftenItIsNudged) {
  constexpr milliseconds work{50};
  ManualClock clock;
  Calls calls;
  Worker worker({.name = "resting",
                 .interval = std::chrono::hours(1),
                 .pass = [&]() -> Result<bool> {
                   if (calls.get() == 0) clock.advance(work);
                   calls.count();
                   return false;
                 },
                 .probe = {},
                 .rest_most = std::chrono::hours(1)},
                clock);
  worker.start();
  ASSERT_TRUE(calls.reaches(1));
  for (int n = 0; n < 3; ++n) worker.nudge();
  ASSERT_TRUE(waits_until(clock, clock.monotonic() + work)) << "and not for its interval";
  EXPECT_EQ(calls.get(), 1);
  clock.advance(work);
  EXPECT_TRUE(calls.reaches(2));
  worker.stop();
}

TEST(Worker, RestsNotWhileThereIsMoreAtOnce) {
  ManualClock clock;
  Calls calls;
  Worker worker({.name = "busy",
                 .interval = std::chrono::hours(1),
                 .pass = [&]() -> Result<bool> {
                   clock.advance(milliseconds(1));
                   calls.count();
                   return calls.get() < 3;
                 },
                 .probe = {},
                 .rest_most = std::chrono::hours(1)},
                clock);
  worker.start();
  EXPECT_TRUE(calls.reaches(3));
  worker.stop();
}

TEST(Worker, TellsHowLongItsPassHasRun) {
  ManualClock clock;
  Calls begun;
  Calls released;
  Worker worker({.name = "slow",
                 .interval = std::chrono::hours(1),
                 .pass = [&]() -> Result<bool> {
                   begun.count();
                   EXPECT_TRUE(released.reaches(1));
                   return false;
                 },
                 .probe = {}},
                clock);
  worker.start();
  ASSERT_TRUE(begun.reaches(1));
  EXPECT_EQ(worker.state().busy, milliseconds(0));
  clock.advance(milliseconds(31'000));
  EXPECT_EQ(worker.state().busy, milliseconds(31'000));
  released.count();
  worker.stop();
  EXPECT_EQ(worker.state().busy, milliseconds(0));
}

TEST(Worker, RunsOnceMoreForNudgesDuringAPass) {
  ManualClock clock;
  Calls begun;
  Calls released;
  Worker worker({.name = "nudged",
                 .interval = std::chrono::hours(1),
                 .pass = [&]() -> Result<bool> {
                   begun.count();
                   EXPECT_TRUE(released.reaches(1));
                   return false;
                 },
                 .probe = {}},
                clock);
  worker.start();
  ASSERT_TRUE(begun.reaches(1));
  for (int i = 0; i < 100; ++i) worker.nudge();
  released.count();
  ASSERT_TRUE(begun.reaches(2));
  worker.stop();
  EXPECT_EQ(begun.get(), 2);
}

TEST(Worker, FinishesItsPassWhenItIsStopped) {
  ManualClock clock;
  Calls begun;
  Calls released;
  bool finished = false;
  Worker worker({.name = "stopped",
                 .interval = milliseconds(0),
                 .pass = [&]() -> Result<bool> {
                   begun.count();
                   EXPECT_TRUE(released.reaches(1));
                   finished = true;
                   return true;
                 },
                 .probe = {}},
                clock);
  worker.start();
  ASSERT_TRUE(begun.reaches(1));
  std::thread stopping([&] { worker.stop(); });
  released.count();
  stopping.join();
  EXPECT_TRUE(finished);
}

TEST(Worker, StopsWhileItIsPaused) {
  ManualClock clock;
  Calls passes;
  {
    Worker worker({.name = "away",
                   .interval = milliseconds(0),
                   .pass = [&]() -> Result<bool> {
                     passes.count();
                     return fail(Errc::unavailable, "away");
                   },
                   .probe = [] { return Result<>(fail(Errc::unavailable, "away")); }},
                  clock);
    worker.start();
    ASSERT_TRUE(passes.reaches(1));
  }
  EXPECT_EQ(passes.get(), 1);
}

}  // namespace
}  // namespace dmw::lane
