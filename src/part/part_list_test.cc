#include "part/part_list.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "part/test_part.h"

namespace dmw {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class PartListTest : public testing::Test {
 protected:
  FakePart& add(const std::string& name, PartKind kind) {
    made_.push_back(std::make_unique<FakePart>(PartTraits{.name = name, .kind = kind}));
    made_.back()->calls = &calls_;
    list_->add(*made_.back());
    return *made_.back();
  }
  std::vector<std::string> calls() { return std::exchange(calls_, {}); }

  std::vector<std::string> calls_;
  std::vector<std::unique_ptr<FakePart>> made_;
  std::unique_ptr<PartList> list_ = std::make_unique<PartList>();
};

TEST_F(PartListTest, StartsAndStopsKindAfterKind) {
  add("catalog", PartKind::watch);
  add("orthanc", PartKind::source);
  add("lanes", PartKind::work);
  add("stow", PartKind::source);
  ASSERT_TRUE(list_->start({PartKind::work, PartKind::source}));
  EXPECT_THAT(calls(), ElementsAre("lanes start", "orthanc start", "stow start"));
  list_->stop({PartKind::source, PartKind::watch, PartKind::work}, [] { return 1ms; });
  EXPECT_THAT(calls(), ElementsAre("orthanc begin_stop", "stow begin_stop", "orthanc stop", "stow stop",
                                   "lanes begin_stop", "lanes stop"))
      << "nothing that was not started";
  list_->stop({PartKind::source, PartKind::work}, [] { return 1ms; });
  EXPECT_THAT(calls(), IsEmpty()) << "once";
}

TEST_F(PartListTest, StopsWhatRunsWhenOneDoesNotStart) {
  add("lanes", PartKind::work);
  add("dimse", PartKind::source).refuses = true;
  add("stow", PartKind::source);
  const Result<> started = list_->start({PartKind::work, PartKind::source});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, "dimse does not start");
  calls();
  list_.reset();
  EXPECT_THAT(calls(), ElementsAre("lanes begin_stop", "lanes stop"));
}

TEST_F(PartListTest, TellsHowEachIsInTheirOrder) {
  add("catalog", PartKind::watch).now.state = PartState::State::degraded;
  add("stow", PartKind::source);
  const std::vector<PartState> states = list_->states();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].name, "catalog");
  EXPECT_EQ(name(states[0].state), "degraded");
  EXPECT_EQ(name(states[1].state), "ok");
}

TEST_F(PartListTest, APartIsNotWellWhileOneThatItNeedsIsDown) {
  FakePart& inbox = add("inbox", PartKind::watch);
  made_.push_back(
      std::make_unique<FakePart>(PartTraits{.name = "dimse", .kind = PartKind::source, .needs = {"inbox"}}));
  list_->add(*made_.back());
  add("http", PartKind::server);
  inbox.now.state = PartState::State::degraded;
  EXPECT_TRUE(list_->states()[1].well());
  inbox.now = {.name = "inbox", .state = PartState::State::down, .reason = "the disk is full", .since = 7};
  EXPECT_EQ(name(list_->states()[1].state), "degraded");
  EXPECT_EQ(list_->states()[1].reason, "inbox: the disk is full");
  EXPECT_EQ(list_->states()[1].since, 7);
  EXPECT_EQ(list_->states()[1].waits_for, std::vector<std::string>{"inbox"});
  EXPECT_TRUE(list_->states()[2].well());
}

TEST_F(PartListTest, APartSaysForWhichItWaitsWhereItHasNoTroubleOfItsOwn) {
  constexpr auto degraded = PartState::State::degraded;
  FakePart& catalog = add("catalog", PartKind::watch);
  made_.push_back(
      std::make_unique<FakePart>(PartTraits{.name = "lanes", .kind = PartKind::work, .needs = {"catalog", "store"}}));
  list_->add(*made_.back());
  FakePart& lanes = *made_.back();
  add("broker", PartKind::sink).now = {.name = "broker", .state = degraded, .reason = "PostgreSQL: no; and more"};
  const auto waits_for = [&] { return list_->states()[1].waits_for; };
  lanes.now = {.name = "lanes", .state = degraded};
  lanes.now.add_cause("ingest: PostgreSQL: no; and more");
  EXPECT_TRUE(waits_for().empty()) << "the catalog is well";
  catalog.now = {.name = "catalog", .state = degraded, .reason = "PostgreSQL: no; and more"};
  EXPECT_EQ(waits_for(), std::vector<std::string>{"catalog"});
  lanes.now.add_cause("settle: PostgreSQL: no; and more");
  EXPECT_EQ(waits_for(), std::vector<std::string>{"catalog"});
  EXPECT_EQ(lanes.now.reason, "ingest: PostgreSQL: no; and more; settle: PostgreSQL: no; and more");
  lanes.now.add_cause("erase: the disk is broken");
  EXPECT_TRUE(waits_for().empty()) << "one trouble is its own";
  EXPECT_TRUE(list_->states()[2].waits_for.empty()) << "it needs no catalog";
}

TEST_F(PartListTest, APartThatTheSettingsLeaveOutSaysWhichSettingItWants) {
  const OffPart off({.name = "folder", .kind = PartKind::source}, "WATCH_PATH is not set",
                    {.title = "folder", .kind = "off", .what = "set WATCH_PATH"});
  EXPECT_EQ(name(off.state().state), "off");
  EXPECT_EQ(off.state().reason, "WATCH_PATH is not set");
  EXPECT_TRUE(off.state().well());
}

}  // namespace
}  // namespace dmw
