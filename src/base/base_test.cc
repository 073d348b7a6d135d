#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/uuid.h"
#include "testing/manual_clock.h"

namespace dmw {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Errc::invalid, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  const int first = TRY(half(number));
  return TRY(half(first));
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().code, Errc::invalid);
}

TEST(Result, MessageTellsWhatWasBeingDone) {
  Error error{Errc::unavailable, "connection refused", {}};
  const auto inner = during(error, "the fetch of a study");
  const auto chained = during(inner.error(), "the pass of orthanc");
  EXPECT_EQ(chained.error().message(), "connection refused, during the fetch of a study, during the pass of orthanc");
  EXPECT_TRUE(chained.error().transient());
}

TEST(Digest, AgreesWithPublishedVectors) {
  // FIPS 180-4 example "abc"; RFC 3720 §B.4, 32 bytes of zeros.
  EXPECT_EQ(Sha256::of(as_bytes("abc")).hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::array<std::byte, 32> zeros{};
  EXPECT_EQ(crc32c(0, zeros), 0x8a9136aaU);
}

TEST(Digest, CrcContinuesWhereItStopped) {
  EXPECT_EQ(crc32c(crc32c(0, as_bytes("123")), as_bytes("456789")), crc32c(0, as_bytes("123456789")));
}

TEST(Uuid, NameBasedAgreesWithThePublishedExample) {
  // RFC 9562 §A.4: version 5 of "www.example.com" in the DNS name space.
  const Uuid dns = Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").value();
  EXPECT_EQ(Uuid::of_name(dns, "www.example.com").text(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, ParseRefusesWhatIsNotOne) {
  EXPECT_TRUE(Uuid::parse("2ED6657D-E927-568B-95E1-2665A8AEA6A2").has_value());
  EXPECT_FALSE(Uuid::parse("2ed6657d-e927-568b-95e1-2665a8aea6a").has_value());
  EXPECT_FALSE(Uuid::parse("2ed6657d-e927-568b-95e1-2665a8aea6ag").has_value());
  EXPECT_FALSE(Uuid::parse("2ed6657de-927-568b-95e1-2665a8aea6a2").has_value());
  EXPECT_NE(Uuid::random(), Uuid::random());
}

TEST(Clock, WaitsUntilItIsThereOrTheTimeHasCome) {
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  const SystemClock clock;
  const Monotonic before = clock.monotonic();
  const std::chrono::milliseconds some(2);
  EXPECT_FALSE(clock.wait_until(changed, lock, before + some, [] { return false; }));
  EXPECT_GE(clock.monotonic(), before + some);
  EXPECT_TRUE(clock.wait_until(changed, lock, before + std::chrono::hours(1), [] { return true; }));
  EXPECT_TRUE(clock.wait_until(changed, lock, before, [] { return true; }))
      << "what is there counts when it is too late";
}

TEST(ManualClock, LetsNobodyGoOnBeforeItIsMoved) {
  ManualClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> over = false;
  const Monotonic until = clock.monotonic() + std::chrono::hours(1);
  EXPECT_FALSE(clock.awaited());
  std::thread waiting([&] {
    std::unique_lock lock(mutex);
    EXPECT_FALSE(clock.wait_until(changed, lock, until, [] { return false; }));
    over = true;
  });
  while (clock.awaited() != until) std::this_thread::yield();
  clock.advance(std::chrono::minutes(59));
  while (clock.awaited() != until) std::this_thread::yield();
  EXPECT_FALSE(over);
  clock.advance(std::chrono::minutes(1));
  waiting.join();
  EXPECT_TRUE(over);
  EXPECT_FALSE(clock.awaited());
}

TEST(Clock, WritesRfc3339) {
  EXPECT_EQ(rfc3339(1'700'000'000'000'001), "2023-11-14T22:13:20.000001Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999Z") << "a clock before 1970";
}

TEST(Log, JsonLineEscapesWhatItIsGiven) {
  const std::string line = log::render(log::Form::json, log::Level::info, "pipeline_success", "",
                                       {{"correlation_id", "a\"b\n"}, {"instances", 3}, {"ok", true}}, "T");
  EXPECT_EQ(
      line,
      R"({"event":"pipeline_success","level":"info","timestamp":"T","correlation_id":"a\"b\n","instances":3,"ok":true})");
}

TEST(Log, AnEmptyTextIsLeftOut) {
  EXPECT_EQ(log::render(log::Form::json, log::Level::info, "upload", "", {{"peer", ""}, {"kept", 0}}, "T"),
            R"({"event":"upload","level":"info","timestamp":"T","kept":0})");
  EXPECT_EQ(log::render(log::Form::text, log::Level::info, "upload", "", {{"peer", ""}, {"kept", 0}},
                        "2026-01-31T19:04:31.0Z"),
            "19:04:31 upload  kept=0");
}

TEST(Log, JsonLineHasNoSubject) {
  EXPECT_EQ(log::render(log::Form::json, log::Level::info, {"pipeline_success", "study  2.25"}, "revision 1", {}, "T"),
            R"({"event":"pipeline_success","level":"info","timestamp":"T","message":"revision 1"})");
}

TEST(Log, TextIsAStory) {
  const auto told = [](log::Level level, log::Event event, std::string_view message, log::Fields fields) {
    return log::render(log::Form::text, level, event, message, fields, "2026-01-31T19:04:31.0Z");
  };
  EXPECT_EQ(
      told(log::Level::info, "dimse", "DCMSEND@127.0.0.1  12 kept", {{"correlation_id", "c1"}, {"instances", 12}}),
      "19:04:31 dimse  DCMSEND@127.0.0.1  12 kept");
  EXPECT_EQ(told(log::Level::info, {"pipeline_success", "study  2.25.329771"}, "revision 1: CT", {{"revision", 1}}),
            "19:04:31 study  2.25.329771  revision 1: CT");
  EXPECT_EQ(told(log::Level::info, "stopped", "", {}), "19:04:31 stopped");
}

TEST(Log, TextLeavesOutWhatIsForMachines) {
  const auto written = [](log::Form form) {
    log::configure(log::Level::info, form);
    testing::internal::CaptureStderr();
    log::for_machines(log::Level::error, "ingestion_failed", "no such study", {{"correlation_id", "c1"}});
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(written(log::Form::json), testing::HasSubstr(R"("event":"ingestion_failed","level":"error")"));
  EXPECT_EQ(written(log::Form::text), "");
}

TEST(Log, TextSaysTheOffsetOfALocalTime) {
  EXPECT_EQ(log::render(log::Form::text, log::Level::info, "stopped", "at last", {}, "2026-01-31T19:04:31.0+01:00"),
            "19:04:31+01:00 stopped  at last");
}

TEST(Log, TextWithoutASentenceSaysItsFields) {
  EXPECT_EQ(
      log::render(log::Form::text, log::Level::info, "objects_erased", "", {{"objects", 3}}, "2026-01-31T19:04:31.0Z"),
      "19:04:31 objects erased  objects=3");
}

TEST(Log, TextOfWhatWentWrongEndsWithItsCorrelationId) {
  EXPECT_EQ(log::render(log::Form::text, log::Level::warning, "orthanc_fetch_failed", "it is away",
                        {{"source", "orthanc"}, {"correlation_id", "c1"}}, "2026-01-31T19:04:31.0Z"),
            "19:04:31 WARN  orthanc fetch failed  it is away correlation_id=c1");
}

TEST(Log, TextOfWhatWentWrongSaysWhichLanePauses) {
  EXPECT_EQ(log::render(log::Form::text, log::Level::warning, "lane_paused", "no broker answers",
                        {{"lane", "relay"}, {"code", "unavailable"}}, "2026-01-31T19:04:31.0Z"),
            "19:04:31 WARN  lane paused  no broker answers lane=relay");
}

TEST(Log, TextLineCannotSteerATerminal) {
  const std::string line =
      log::render(log::Form::text, log::Level::info, "study", "name \x1b[2J", {}, "2026-01-31T12:00:00.0Z");
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(Json, RefusesDeepNesting) {
  EXPECT_FALSE(json::parse(std::string(1000, '[')).has_value());
  EXPECT_TRUE(json::parse(R"({"a":[1,2]})").has_value());
}

TEST(Json, RefusesANumberThatNoDoubleHolds) {
  EXPECT_FALSE(json::parse(R"({"a":[4e444]})").has_value());
}

TEST(Metrics, SameNameAndLabelsAreOneSeries) {
  Metrics metrics;
  metrics.counter("x_total", "help", {{"door", "a"}}).add();
  metrics.counter("x_total", "help", {{"door", "a"}}).add();
  EXPECT_EQ(metrics.counter("x_total", "help", {{"door", "a"}}).value(), 2);
  EXPECT_NE(metrics.text().find(R"(x_total{door="a"} 2)"), std::string::npos);
}

TEST(CrashPoint, FreezesAtTheChosenPassageOnly) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("DMW_FREEZE_AT", "here:2", 1);
    crash_point("elsewhere");
    crash_point("here");
    crash_point("here");
    crash_point("here");
    ::_exit(7);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(::kill(child, SIGCONT), 0);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "it froze once only";
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(CrashPoint, DelaysFromTheChosenPassageOn) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("DMW_DELAY_AT", "here:2:40", 1);
    const SystemClock clock;
    const Monotonic began = clock.monotonic();
    crash_point("here");
    crash_point("here");
    crash_point("here");
    ::_exit(clock.monotonic() - began >= std::chrono::milliseconds(80) ? 7 : 8);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(CrashPoint, KillsAtTheChosenPassageOnly) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("DMW_CRASH_AT", "here:2", 1);
    crash_point("elsewhere");
    crash_point("here");
    crash_point("here");
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace
}  // namespace dmw
