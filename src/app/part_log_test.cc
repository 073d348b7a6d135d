#include "app/part_log.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "part/test_part.h"
#include "testing/manual_clock.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using State = PartState::State;

PartState degraded(const std::string& name, const std::string& reason) {
  return {.name = name, .state = State::degraded, .reason = reason};
}

class PartLogTest : public testing::Test {
 protected:
  PartLogTest() {
    for (FakePart* part : {&catalog_, &store_, &lanes_, &inbox_, &broker_, &orthanc_}) parts_.add(*part);
    catalog_.logs_itself = broker_.logs_itself = true;
  }

  /// What the log says after a look, `later`, when these parts are so and the others are well.
  std::string look(std::chrono::seconds later, const std::vector<PartState>& states) {
    for (FakePart* part : {&catalog_, &store_, &lanes_, &inbox_, &broker_, &orthanc_}) {
      const auto found = std::ranges::find(states, part->name(), &PartState::name);
      part->now = found == states.end() ? PartState{.name = part->name()} : *found;
    }
    clock_.advance(later);
    testing::internal::CaptureStderr();
    log_.look();
    return testing::internal::GetCapturedStderr();
  }
  /// The same, once each second for so long.
  std::string look_for(std::chrono::seconds time, const std::vector<PartState>& states) {
    std::string said;
    for (auto passed = 0s; passed < time; passed += 1s) said += look(1s, states);
    return said;
  }

  ManualClock clock_;
  FakePart catalog_{{.name = "catalog", .kind = PartKind::watch}};
  FakePart store_{{.name = "store", .kind = PartKind::watch, .retries = true}};
  FakePart lanes_{{.name = "lanes", .needs = {"catalog", "store"}, .retries = true}};
  FakePart inbox_{{.name = "inbox", .kind = PartKind::watch}};
  FakePart broker_{{.name = "broker", .kind = PartKind::sink}};
  FakePart orthanc_{{.name = "orthanc", .kind = PartKind::source, .retries = true}};
  PartList parts_;
  PartLog log_{parts_, clock_};
};

TEST_F(PartLogTest, SaysOnceThatAPartIsNotWellAndHowLongThatTook) {
  const PartState away = degraded("orthanc", "not reachable (connection refused), during GET http://o:8042/system");
  EXPECT_EQ(look(1s, {{.name = "orthanc"}}), "");
  const std::string said = look_for(11min, {away});
  EXPECT_EQ(said.substr(said.find("WARN")),
            "WARN  orthanc  not reachable (connection refused), during GET http://o:8042/system; retrying\n");
  EXPECT_THAT(look(1s, {{.name = "orthanc"}}), HasSubstr(" orthanc  back after 11 min\n"));
  EXPECT_EQ(look_for(1min, {{.name = "orthanc"}}), "");
}

TEST_F(PartLogTest, SaysWhenTheCauseIsAnotherOneAndNotWhenItsNumbersAre) {
  EXPECT_THAT(look(1s, {degraded("store", "3 files cannot be read: disk 7 is gone")}), HasSubstr("disk 7 is gone"));
  EXPECT_EQ(look(1s, {degraded("store", "4 files cannot be read: disk 8 is gone")}), "");
  EXPECT_THAT(look(1s, {degraded("store", "the answer was HTTP 401, during a probe")}), HasSubstr("401"));
  EXPECT_THAT(look(1s, {degraded("store", "the answer was HTTP 503, during a probe")}), HasSubstr("503"));
  EXPECT_EQ(look(1s, {degraded("store", "the answer was HTTP 401, during another one")}), "") << "told before";
  EXPECT_THAT(look(1s, {{.name = "store"}}), HasSubstr("back after 5 s"));
  EXPECT_THAT(look(1s, {degraded("store", "the answer was HTTP 401")}), HasSubstr("401")) << "another time";
}

TEST_F(PartLogTest, SaysNothingOfAPartThatSuffersFromAnother) {
  const PartState lanes = degraded("lanes", "ingest: PostgreSQL is away");
  EXPECT_EQ(look_for(4s, {{.name = "catalog"}, lanes}), "") << "the catalog's own watch may notice it later";
  EXPECT_EQ(look_for(60s, {degraded("catalog", "PostgreSQL is away"), lanes}), "") << "its gate tells of the catalog";
  EXPECT_EQ(look_for(4s, {{.name = "catalog"}, lanes}), "") << "the lanes need a moment";
  EXPECT_EQ(look(1s, {{.name = "catalog"}, {.name = "lanes"}}), "");
  EXPECT_THAT(look_for(7s, {{.name = "catalog"}, degraded("lanes", "settle: a row is wrong")}),
              HasSubstr("lanes  settle: a row is wrong; retrying"));
}

TEST_F(PartLogTest, LeavesAPartThatWritesItsOwnLinesToIt) {
  inbox_.logs_itself = true;
  EXPECT_EQ(look_for(60s, {degraded("broker", "nobody answers"),
                           {.name = "inbox", .state = State::down, .reason = "the disk is full"}}),
            "");
  inbox_.logs_itself = false;
  EXPECT_THAT(look(1s, {degraded("inbox", "inbox_stranded: host:/inbox (3 instances in it)")}),
              HasSubstr("inbox  inbox_stranded: host:/inbox"));
}

}  // namespace
}  // namespace dmw::app
