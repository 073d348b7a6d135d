#include "ingest/settler.h"

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "catalog/erasing.h"
#include "catalog/standing.h"
#include "ingest/removal.h"
#include "ingest/test_bench.h"
#include "store/mark.h"
#include "testing/flaky_store.h"

namespace dmw::ingest {
namespace {

class SettlerTest : public ::testing::Test {
 protected:
  void arrive(const std::string& study, const std::string& sop) {
    bench_.keep(instance(study, sop));
    ASSERT_TRUE(bench_.ingest());
  }
  void pass() {
    const Result<bool> passed = settler_->pass();
    ASSERT_TRUE(passed) << passed.error().message();
  }
  void close(const std::string& study) {
    ASSERT_TRUE(bench_.database().write([&](db::Transaction& t) -> Result<> {
      TRY(t.query(
          "update settling set closed = true where study_id = (select id from studies where study_instance_uid = $1)",
          {study}));
      return {};
    }));
  }

  Bench bench_;
  std::unique_ptr<Settler> settler_ = bench_.settler();
};

TEST_F(SettlerTest, PublishesAStudyOnceItIsQuiet) {
  arrive("1.2", "1.2.1.1");
  pass();
  bench_.clock.advance(9s);
  arrive("1.2", "1.2.1.2");  // it begins to be quiet again
  pass();
  bench_.clock.advance(9s);
  pass();
  EXPECT_TRUE(bench_.events().empty());
  bench_.clock.advance(1s);
  pass();
  ASSERT_EQ(bench_.events().size(), 1U);
  EXPECT_NE(bench_.events()[0].body.find("\"instance_count\":2"), std::string::npos);
  EXPECT_TRUE(bench_.store().stat(manifest_key(StudyUid("1.2"), 1, 1)));
  bench_.clock.advance(1h);
  pass();
  EXPECT_EQ(bench_.events().size(), 1U);
}

/// As after a restore under the running program, or the failover to a database that was a moment behind: the older copy
/// names the same settler with the same epoch. It would give the positions and revisions of others again.
TEST_F(SettlerTest, PublishesNothingWithAnOlderCopyOfItsOwnCatalog) {
  const auto restore = [&](std::int64_t turn, std::int64_t position) {
    ASSERT_TRUE(bench_.database().write([&](db::Transaction& t) {
      return t.script(
          format("update catalog_info set value = '{}' where key = 'turn'; update event_head set position = {}; "
                 "delete from events where position > {}",
                 turn, position, position));
    }));
  };
  const auto publish = [&](const std::string& study) {
    arrive(study, study + ".1.1");
    close(study);
    return settler_->pass();
  };
  ASSERT_TRUE(publish("1.2"));
  const catalog::CatalogStanding then = catalog::read_standing(bench_.database()).value();
  ASSERT_TRUE(publish("1.3"));
  const store::Marks marks = store::read_marks(bench_.store()).value();
  restore(then.turn, then.position);
  for (int times = 0; times < 3; ++times) {
    const Result<bool> passed = publish(format("1.4.{}", times));
    ASSERT_FALSE(passed);
    EXPECT_EQ(passed.error().code, Errc::conflict) << passed.error().message();
    EXPECT_NE(passed.error().what.find("older than"), std::string::npos) << passed.error().what;
  }
  EXPECT_EQ(bench_.events().size(), 1U);
  const store::Marks left = store::read_marks(bench_.store()).value();
  EXPECT_EQ(left.turn_max, marks.turn_max) << "what tells of it at the next start is not written over";
  EXPECT_EQ(left.position_max, marks.position_max);
}

TEST_F(SettlerTest, CountsTheTimeSinceTheFirstByte) {
  arrive("1.2", "1.2.1.1");
  pass();
  bench_.clock.advance(4s);
  arrive("1.2", "1.2.1.2");
  pass();
  bench_.clock.advance(10s);
  pass();
  const std::string told = bench_.metrics.text();
  EXPECT_NE(told.find("dicom_middleware_first_byte_to_published_seconds_sum 14\n"), std::string::npos) << told;
  EXPECT_NE(told.find("dicom_middleware_stage_seconds_count{stage=\"settle\"} 1\n"), std::string::npos) << told;
}

TEST_F(SettlerTest, PublishesAtOnceWhenTheSourceSaysThatItIsComplete) {
  arrive("1.2", "1.2.1.1");
  close("1.2");
  pass();
  EXPECT_EQ(bench_.events().size(), 1U);
}

TEST_F(SettlerTest, AStudyThatNeverRestsIsToldAfterTheMostOfTime) {
  for (int minute = 0; minute < 601; minute += 5) {
    arrive("1.2", "1.2.1." + std::to_string(minute + 1));
    pass();
    bench_.clock.advance(5s);
  }
  pass();
  EXPECT_EQ(bench_.events().size(), 1U);
}

TEST_F(SettlerTest, AClockThatJumpsSettlesNothing) {
  arrive("1.2", "1.2.1.1");
  pass();
  bench_.clock.set_wall(bench_.clock.now() + 86'400'000'000);
  pass();
  EXPECT_TRUE(bench_.events().empty());
  bench_.clock.set_wall(0);
  bench_.clock.advance(10s);
  pass();
  EXPECT_EQ(bench_.events().size(), 1U);
}

TEST_F(SettlerTest, ARestartBeginsTheQuietTimeAgain) {
  arrive("1.2", "1.2.1.1");
  pass();
  bench_.clock.advance(9s);
  settler_ = bench_.settler();
  pass();
  bench_.clock.advance(9s);
  pass();
  EXPECT_TRUE(bench_.events().empty());
  bench_.clock.advance(1s);
  pass();
  EXPECT_EQ(bench_.events().size(), 1U);
}

TEST_F(SettlerTest, OnlyOneReplicaSettles) {
  pass();
  const std::unique_ptr<Settler> other = bench_.settler("you");
  arrive("1.2", "1.2.1.1");
  close("1.2");
  ASSERT_TRUE(other->pass());
  EXPECT_TRUE(bench_.events().empty());
  ASSERT_TRUE(settler_->resign());
  ASSERT_TRUE(other->pass());
  EXPECT_EQ(bench_.events().size(), 1U);
}

TEST_F(SettlerTest, LateImagesAreTheNextRevision) {
  arrive("1.2", "1.2.1.1");
  close("1.2");
  pass();
  arrive("1.2", "1.2.1.2");
  close("1.2");
  pass();
  ASSERT_EQ(bench_.events().size(), 2U);
  const std::string body = bench_.events()[1].body;
  EXPECT_NE(body.find("\"event_type\":\"study.updated\""), std::string::npos);
  EXPECT_NE(body.find("\"revision\":2"), std::string::npos);
  EXPECT_NE(body.find("\"instances_added\":1"), std::string::npos);
}

TEST_F(SettlerTest, SaysThatARevisionIsIncompleteWhileADeadLetterOfItsStudyIsOpen) {
  const auto is_incomplete = [&](std::size_t event) {
    return bench_.events().at(event).body.find("\"flags\":[\"incomplete\"") != std::string::npos;
  };
  const auto tell = [&](const std::string& sop) {
    arrive("1.2", sop);
    close("1.2");
    pass();
  };
  bench_.keep(dicom::testing::File().text(0x0020000D, "UI", "1.2").text(0x0020000E, "UI", "1.2.1").bytes());
  tell("1.2.1.1");
  ASSERT_EQ(bench_.events().size(), 2U);
  EXPECT_EQ(bench_.events()[0].topic, Topic::dead_letters);
  EXPECT_TRUE(is_incomplete(1));
  const std::vector numbers{bench_.letters().at(0).number};
  ASSERT_EQ(catalog::DeadLetters(bench_.database()).discard(numbers, "not ours", "test")->size(), 1U);
  bench_.clock.advance(1h);
  pass();
  EXPECT_EQ(bench_.events().size(), 2U);
  tell("1.2.1.2");
  ASSERT_EQ(bench_.events().size(), 3U);
  EXPECT_FALSE(is_incomplete(2));
}

/// A settler that hangs for longer than its lease, between what it read and its manifest.
class Deposed : public SettlerTest {
 protected:
  /// `meanwhile` happens while it hangs, and ends with a pass of the settler that takes over.
  void hang_during_publish(const std::function<void()>& meanwhile) {
    FlakyStore store(bench_.store());
    const std::unique_ptr<Settler> slow = bench_.settler({.holder = "slow", .lease = 0s}, store);
    store.before_manifest = [&] {
      meanwhile();
      pass();
    };
    const Result<bool> passed = slow->pass();
    ASSERT_TRUE(passed) << passed.error().message();
    EXPECT_FALSE(store.before_manifest) << "it came so far";
  }
  json::object told(std::size_t event) { return json::parse(bench_.events().at(event).body)->as_object(); }
  std::string manifest_of(std::size_t event) {
    const std::string uri = *json::get_string(told(event), "manifest_path");
    return read_text(uri.substr(std::string("file://").size()), 1 << 20).value();
  }
};

TEST_F(Deposed, LeavesTheManifestOfAPublishedRevisionAlone) {
  arrive("1.2", "1.2.1.1");
  close("1.2");
  hang_during_publish([&] {
    arrive("1.2", "1.2.1.2");
    arrive("1.2", "1.2.1.3");
    close("1.2");
  });
  ASSERT_EQ(bench_.events().size(), 1U);
  EXPECT_EQ(json::get_int(told(0), "instance_count"), 3);
  EXPECT_EQ(json::parse(manifest_of(0))->at("instances").as_array().size(), 3U);
  EXPECT_EQ(json::parse(manifest_of(0))->at("event_id").as_string(), bench_.events()[0].event_id.text());
  EXPECT_EQ(bench_.manifests(), std::vector<std::string>{"1.2_r1.e2.json"}) << "its own is gone again";
}

TEST_F(Deposed, BringsNoManifestOfAnErasedStudyBack) {
  arrive("1.2", "1.2.1.1");
  close("1.2");
  pass();
  ASSERT_TRUE(settler_->resign());
  arrive("1.2", "1.2.1.2");
  close("1.2");
  hang_during_publish([&] {
    ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid("1.2"), Bench::door("person"), "anna", "asked for", 0ms},
                               bench_.clock.now()));
    pass();
    ASSERT_TRUE(Removal(bench_.database(), bench_.store(), bench_.metrics).pass(bench_.clock.now()));
  });
  ASSERT_EQ(bench_.events().size(), 2U);
  EXPECT_EQ(json::get_string(told(1), "event_type"), "study.deleted");
  EXPECT_EQ(bench_.manifests(), std::vector<std::string>{"1.2_r2.e3.json"}) << "the tombstone alone";
}

TEST_F(SettlerTest, TwoErasuresOfAStudyAreToldInTheirOrder) {
  const auto erase = [&] {
    ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid("1.2"), Bench::door("person"), "anna", "asked for", 0ms},
                               bench_.clock.now()));
  };
  arrive("1.2", "1.2.1.1");
  close("1.2");
  pass();
  erase();
  arrive("1.2", "1.2.1.2");
  erase();
  arrive("1.2", "1.2.1.2");
  close("1.2");
  while (settler_->pass().value()) {
  }
  std::vector<std::string> story;
  for (const Event& event : bench_.events()) {
    const json::object body = json::parse(event.body)->as_object();
    story.push_back(format("{} {}", *json::get_int(body, "revision"), *json::get_string(body, "event_type")));
  }
  EXPECT_EQ(story,
            (std::vector<std::string>{"1 study.received", "2 study.deleted", "3 study.deleted", "4 study.received"}));
  while (Removal(bench_.database(), bench_.store(), bench_.metrics).pass(bench_.clock.now()).value()) {
  }
  const db::Row version = bench_.database().read("select sop_uid, dataset_sha256 from versions").value().at(0);
  const auto digest = Sha256Digest::from_bytes(version.bytes(1)).value();
  EXPECT_TRUE(bench_.store().stat(instance_key(StudyUid("1.2"), SopUid(version.text(0)), digest)));
}

TEST_F(SettlerTest, AnErasureThatCannotBeReadHoldsUpNoOtherAnnouncement) {
  for (const std::string study : {"1.2", "1.3", "1.4"}) {
    arrive(study, study + ".1.1");
    close(study);
  }
  pass();
  for (const char* study : {"1.2", "1.3"}) {
    ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid(study), Bench::door("person"), "anna", "asked for", 0ms},
                               bench_.clock.now()));
  }
  ASSERT_TRUE(bench_.database().write([](db::Transaction& t) -> Result<> {
    TRY(
        t.query("update sessions set correlation_id = 'none' where id = (select e.session_id from erasures e "
                "join studies s on s.id = e.study_id where s.study_instance_uid = '1.2')"));
    return {};
  }));
  arrive("1.4", "1.4.1.2");
  close("1.4");
  const std::size_t before = bench_.events().size();
  pass();
  EXPECT_EQ(bench_.events().size(), before + 2) << "the erasure of 1.3, and the next revision of 1.4";
  EXPECT_EQ(settler_->aside().count(), 1U);
  EXPECT_NE(settler_->aside().state().value().reason.find("study 1.2"), std::string::npos);
  EXPECT_FALSE(settler_->pass().value()) << "it rests";
}

TEST_F(SettlerTest, AnObjectThatCannotBeRemovedIsToldAndTriedAgain) {
  arrive("1.2", "1.2.1.1");
  arrive("1.2", "1.2.1.2");
  close("1.2");
  pass();
  ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid("1.2"), Bench::door("person"), "anna", "asked for", 0ms},
                             bench_.clock.now()));
  pass();
  FlakyStore store(bench_.store());
  store.refused = {bench_.database().read("select min(object_key) from erased_objects").value().at(0).text(0)};
  ASSERT_TRUE(Removal(bench_.database(), store, bench_.metrics).pass(bench_.clock.now()));
  EXPECT_EQ(bench_.number("select count(*) from erased_objects"), 1);
  EXPECT_NE(bench_.metrics.text().find("dicom_middleware_erased_objects_postponed 1\n"), std::string::npos);
  store.refused.clear();
  bench_.clock.advance(2min);
  ASSERT_TRUE(Removal(bench_.database(), store, bench_.metrics).pass(bench_.clock.now()));
  EXPECT_EQ(bench_.number("select count(*) from erased_objects"), 0);
  EXPECT_NE(bench_.metrics.text().find("dicom_middleware_erased_objects_postponed 0\n"), std::string::npos);
}

TEST(SettleRules, TheAeTitleGoesBeforeTheSourceAndThatBeforeTheRest) {
  const SettleRules rules{.usual = {10s, 10min},
                          .by_source = {{"dimse", {.quiet = 20s, .most = 5min}}, {"stow", {.quiet = 5s, .most = {}}}},
                          .by_ae = {{"CT01", {.quiet = 30s, .most = {}}}}};
  const auto quiet = [&](const char* source, const char* ae) { return rules.of(source, ae).quiet; };
  EXPECT_EQ(quiet("folder", ""), 10s);
  EXPECT_EQ(quiet("stow", ""), 5s);
  EXPECT_EQ(quiet("dimse", "MR01"), 20s);
  EXPECT_EQ(quiet("dimse", "CT01"), 30s);
  EXPECT_EQ(rules.of("dimse", "CT01").most, 5min);
  EXPECT_EQ(rules.of("stow", "").most, 10min);
}

TEST_F(SettlerTest, EachDoorHasItsOwnQuietTime) {
  settler_ = bench_.settler("me", {.usual = {},
                                   .by_source = {{"stow", {.quiet = 2s, .most = {}}}},
                                   .by_ae = {{"CT01", {.quiet = 30s, .most = {}}}}});
  bench_.keep_from(Bench::door("stow"), instance("1.2", "1.2.1.1"));
  bench_.keep_from(Bench::door("dimse", "CT01"), instance("1.3", "1.3.1.1"));
  bench_.keep_from(Bench::door("dimse", "MR01"), instance("1.4", "1.4.1.1"));
  ASSERT_TRUE(bench_.ingest());
  const auto told_after = [&](std::chrono::seconds seconds) {
    bench_.clock.advance(seconds);
    pass();
    return bench_.events().size();
  };
  EXPECT_EQ(told_after(0s), 0U);
  EXPECT_EQ(told_after(2s), 1U);
  EXPECT_EQ(told_after(8s), 2U);
  EXPECT_EQ(told_after(19s), 2U);
  EXPECT_EQ(told_after(1s), 3U);
  EXPECT_EQ(bench_.events()[2].key, "1.3");
}

TEST_F(SettlerTest, ChangedRulesHoldForWhatIsDirtyAlready) {
  arrive("1.2", "1.2.1.1");
  pass();
  bench_.clock.advance(3s);
  settler_->change_rules({.usual = {.quiet = 3s, .most = 10min}, .by_source = {}, .by_ae = {}});
  pass();
  EXPECT_EQ(bench_.events().size(), 1U);
}

}  // namespace
}  // namespace dmw::ingest
