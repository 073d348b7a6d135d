// The store's objects in a catalog that does not know them (care/adoption.h).
#include "care/adoption.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/leaders.h"
#include "catalog/standing.h"
#include "catalog/studies.h"
#include "ingest/test_installation.h"

namespace dmw::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdoptionTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(care::bind(one_.database(), one_.store())); }
  void adopt() {
    const Result<> adopted = one_.adopt();
    ASSERT_TRUE(adopted) << adopted.error().message();
  }
  std::int64_t position() { return catalog::read_standing(one_.database())->position; }
  catalog::StudyRow study(const std::string& uid) {
    return catalog::Studies(one_.database()).get(StudyUid(uid)).value().value();
  }

  Installation one_;
};

TEST_F(AdoptionTest, TakesStudiesInWithoutAWordAndGoesOnAboveWhatWasPublished) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  one_.publish("1.2", {"1.2.1.3"});
  one_.publish("1.3", {"1.3.1.1"});
  const std::int64_t before = position();
  one_.lose_catalog();
  adopt();
  EXPECT_EQ(one_.number("select count(*) from versions"), 4);
  EXPECT_EQ(study("1.2").revision, 2);
  EXPECT_EQ(study("1.2").instance_count, 3);
  EXPECT_EQ(study("1.2").state, catalog::StudyState::published);
  EXPECT_FALSE(study("1.2").erased_at);
  EXPECT_EQ(study("1.2").patient_id.reveal(), "P1");
  one_.settle();
  EXPECT_THAT(one_.story(), IsEmpty());
  one_.publish("1.2", {"1.2.1.4"});
  EXPECT_THAT(one_.story(), ElementsAre("3 study.updated: 4, 1"));
  EXPECT_GT(position(), before);
  EXPECT_EQ(one_.bench().manifests(),
            (std::vector<std::string>{"1.2_r1.e1.json", "1.2_r2.e1.json", "1.2_r3.e3.json", "1.3_r1.e1.json"}));
}

TEST_F(AdoptionTest, WhatARequiredSinkMayNotHaveGotIsPublishedAgain) {
  const auto lease = catalog::take_sink(one_.database(), {"main"}, "relay", 15s, std::nullopt).value();
  const auto deliver = [&] {
    ASSERT_TRUE(catalog::advance_sink(one_.database(), "main", lease->epoch, position(), 15s));
    one_.look();
  };
  for (const char* uid : {"1.2", "1.4", "1.5", "1.6"}) one_.publish(uid, {std::string(uid) + ".1.1"});
  one_.erase("1.6");
  deliver();
  // The sink is away.
  one_.publish("1.2", {"1.2.1.2"});
  one_.publish("1.3", {"1.3.1.1"});
  one_.erase("1.4");
  one_.lose_catalog();
  adopt();
  one_.settle();
  EXPECT_THAT(one_.story(), ::testing::UnorderedElementsAre("3 study.updated: 2, 2", "2 study.updated: 1, 1",
                                                            "3 study.deleted: 0, 0"));
  EXPECT_EQ(study("1.5").revision, 1) << "the sink has it";
  EXPECT_EQ(study("1.6").revision, 2);
  one_.look();
  one_.lose_catalog();
  adopt();
  one_.settle();
  EXPECT_THAT(one_.story(), IsEmpty()) << "nobody reads the events: nothing waits";
}

TEST_F(AdoptionTest, AnAdoptionThatIsBrokenOffForgetsNothingThatIsToBePublishedAgain) {
  ASSERT_TRUE(catalog::take_sink(one_.database(), {"main"}, "relay", 15s, std::nullopt).value());
  one_.publish("1.2", {"1.2.1.1"});
  one_.publish("1.3", {"1.3.1.1"});
  one_.erase("1.3");
  one_.lose_catalog();
  int asked = 0;
  EXPECT_EQ(one_.adopt([&] { return ++asked > 4'000; }).error().code, Errc::cancelled);
  adopt();
  one_.settle();
  EXPECT_THAT(one_.story(), ::testing::UnorderedElementsAre("2 study.updated: 1, 1", "3 study.deleted: 0, 0"));
}

TEST_F(AdoptionTest, AStudyOrAnInstanceThatTheCatalogRefusesKeepsNoOther) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2", "1.2.1.3"});
  one_.publish("1.3", {"1.3.1.1"});
  one_.publish("1.4", {"1.4.1.1"});
  one_.lose_catalog();
  const auto change = [&](const std::string& sql) {
    ASSERT_TRUE(one_.database().write([&](db::Transaction& t) { return t.script(sql); }));
  };
  change(
      "create trigger a before insert on versions when new.sop_uid = '1.2.1.2' begin select raise(abort, 'not this'); "
      "end; create trigger b before insert on studies when new.study_instance_uid = '1.3' begin "
      "select raise(abort, 'nor this study'); end");
  adopt();
  EXPECT_EQ(one_.number("select count(*) from versions"), 3);
  EXPECT_EQ(study("1.2").instance_count, 2);
  EXPECT_EQ(study("1.4").revision, 1);
  change("drop trigger a; drop trigger b");
  one_.publish("1.3", {"1.3.1.1"});
  EXPECT_EQ(one_.number("select count(*) from versions"), 4) << "an import brings it";
}

TEST_F(AdoptionTest, ACatalogThatTakesNothingIsNotAdoptedInto) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.lose_catalog();
  const auto change = [&](const char* sql) {
    ASSERT_TRUE(one_.database().write([&](db::Transaction& t) { return t.script(sql); }));
  };
  change("create trigger a before insert on versions begin select raise(abort, 'nothing'); end");
  EXPECT_EQ(one_.adopt().error().code, Errc::unavailable);
  change("drop trigger a");
  adopt();
  EXPECT_EQ(one_.number("select count(*) from versions"), 1);
}

TEST_F(AdoptionTest, ActsOnce) {
  one_.publish("1.2", {"1.2.1.1"});
  const std::int64_t before = position();
  adopt();
  EXPECT_EQ(position(), before) << "it belongs to this store";
  one_.lose_catalog();
  adopt();
  const std::int64_t adopted = position();
  adopt();
  EXPECT_EQ(position(), adopted);
}

TEST_F(AdoptionTest, ACatalogThatIsLostAgainRightAfterItsAdoptionLosesAndRepeatsNothing) {
  ASSERT_TRUE(catalog::take_sink(one_.database(), {"main"}, "relay", 15s, std::nullopt).value());
  one_.publish("1.2", {"1.2.1.1"});
  one_.publish("1.3", {"1.3.1.1"});
  one_.erase("1.3");
  const std::int64_t before = position();
  for (int times = 0; times < 3; ++times) {
    one_.lose_catalog();
    adopt();
  }
  EXPECT_GT(position(), before);
  one_.settle();
  EXPECT_THAT(one_.story(), ::testing::UnorderedElementsAre("2 study.updated: 1, 1", "3 study.deleted: 0, 0"))
      << "the sink may not have got them";
  EXPECT_EQ(one_.number("select count(*) from versions"), 1);
  one_.lose_catalog();
  adopt();
  one_.publish("1.2", {"1.2.1.2"});
  EXPECT_EQ(study("1.2").instance_count, 2);
  EXPECT_GT(study("1.2").revision, 2);
  EXPECT_TRUE(study("1.3").erased_at);
}

TEST_F(AdoptionTest, BringsNoErasedStudyBack) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.erase("1.2");
  one_.lose_catalog();  // before the grace is over: the objects are there
  adopt();
  EXPECT_EQ(one_.number("select count(*) from versions"), 0);
  EXPECT_TRUE(study("1.2").erased_at);
  EXPECT_EQ(study("1.2").revision, 2);
  one_.settle();
  EXPECT_THAT(one_.story(), IsEmpty());
  EXPECT_EQ(one_.number("select count(*) from erased_objects"), 2) << "with the manifest of its life";
  one_.publish("1.2", {"1.2.1.1"});
  EXPECT_THAT(one_.story(), ElementsAre("3 study.received: 1, 1"));
  EXPECT_EQ(one_.number("select count(*) from erased_objects"), 1) << "its object is used again";
}

TEST_F(AdoptionTest, BringsNoErasedStudyBackWhereItsTombstoneIsRotten) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.erase("1.2");
  const store::Document rotten{manifest_key(StudyUid("1.2"), 2, 1), "not what it was"};
  ASSERT_TRUE(one_.store().write({&rotten, 1}).at(0));
  one_.lose_catalog();  // before the grace is over: the objects are there
  adopt();
  EXPECT_EQ(one_.number("select count(*) from versions"), 0);
  EXPECT_TRUE(study("1.2").erased_at);
  EXPECT_EQ(one_.number("select count(*) from erased_objects where object_key like '%.dcm'"), 0) << "nor is it removed";
  one_.settle();
  EXPECT_THAT(one_.story(), IsEmpty());
  one_.publish("1.2", {"1.2.1.2"});
  EXPECT_THAT(one_.story(), ElementsAre("3 study.received: 1, 1"));
}

TEST_F(AdoptionTest, OfALifeAfterARottenManifestOnlyWhatWasPublishedComes) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.erase("1.2");
  one_.publish("1.2", {"1.2.1.2"});
  const store::Document rotten{manifest_key(StudyUid("1.2"), 2, 1), "not what it was"};
  ASSERT_TRUE(one_.store().write({&rotten, 1}).at(0));
  one_.lose_catalog();
  adopt();
  EXPECT_EQ(study("1.2").revision, 3);
  EXPECT_FALSE(study("1.2").erased_at);
  EXPECT_EQ(study("1.2").instance_count, 1);
}

TEST_F(AdoptionTest, TakesTheLifeAfterAnErasureInAndItsManifestsGoWithIt) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.erase("1.2");
  one_.publish("1.2", {"1.2.1.2"});
  one_.lose_catalog();
  adopt();
  EXPECT_EQ(study("1.2").revision, 3);
  EXPECT_EQ(one_.number("select erased_revision from studies"), 2);
  one_.erase("1.2");
  EXPECT_THAT(one_.story(), ElementsAre("4 study.deleted: 0, 0"));
  one_.bench().clock.advance(2h);
  while (Removal(one_.database(), one_.store(), one_.bench().metrics).pass(one_.bench().clock.now()).value()) {
  }
  EXPECT_EQ(one_.bench().manifests(), (std::vector<std::string>{"1.2_r2.e1.json", "1.2_r4.e3.json"}))
      << "the tombstones alone";
}

TEST_F(AdoptionTest, WhatWasNeverPublishedIsPublished) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.record("1.2", {"1.2.1.2"});
  one_.record("1.3", {"1.3.1.1"});
  one_.lose_catalog();
  adopt();
  one_.settle();
  EXPECT_THAT(one_.story(), testing::UnorderedElementsAre("2 study.updated: 2, 1", "1 study.received: 1, 1"));
}

TEST_F(AdoptionTest, AnOlderCopyOfTheCatalogLearnsWhatCameAfterIt) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.publish("1.3", {"1.3.1.1"});
  const auto backup = one_.copy_catalog();
  one_.publish("1.2", {"1.2.1.2"});
  one_.erase("1.3");
  one_.publish("1.4", {"1.4.1.1"});
  const std::int64_t before = position();
  one_.restore_catalog(backup);
  adopt();
  EXPECT_EQ(study("1.2").revision, 2);
  EXPECT_EQ(study("1.2").instance_count, 2);
  EXPECT_TRUE(study("1.3").erased_at);
  EXPECT_EQ(study("1.4").revision, 1);
  one_.settle();
  EXPECT_EQ(one_.story().size(), 2U) << "of before";
  one_.publish("1.2", {"1.2.1.3"});
  EXPECT_EQ(one_.story().back(), "3 study.updated: 3, 1");
  EXPECT_GT(position(), before);
}

TEST_F(AdoptionTest, GoesOnAfterAStopAndNobodyStartsMeanwhile) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.publish("1.3", {"1.3.1.1"});
  one_.lose_catalog();
  int asked = 0;
  EXPECT_EQ(one_.adopt([&] { return ++asked == 2'000; }).error().code, Errc::cancelled);
  EXPECT_EQ(care::bind(one_.database(), one_.store()).error().code, Errc::conflict);
  adopt();
  one_.settle();
  EXPECT_EQ(one_.number("select count(*) from versions"), 2);
  EXPECT_THAT(one_.story(), IsEmpty());
}

constexpr const char* adoption_variable = "DMW_ADOPTION_TEST";

void adopt_and_die(const std::filesystem::path& directory, const std::string& point) {
  ::setenv("DMW_CRASH_AT", point.c_str(), 1);
  static_cast<void>(Installation(directory).adopt());
}

class AdoptionCrash : public ::testing::TestWithParam<const char*> {};

TEST_P(AdoptionCrash, IsEndedByTheNextProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The process that dies runs this test again from its start: it finds the directory of the one that watches.
  std::optional<ScratchFolder> owned;
  if (std::getenv(adoption_variable) == nullptr) {
    owned.emplace();
    ::setenv(adoption_variable, owned->path().c_str(), 1);
    Installation before(owned->path());
    ASSERT_TRUE(care::bind(before.database(), before.store()));
    before.publish("1.2", {"1.2.1.1", "1.2.1.2"});
    before.publish("1.3", {"1.3.1.1"});
    before.erase("1.3");
    before.record("1.4", {"1.4.1.1"});
    before.lose_catalog();
  }
  const std::filesystem::path directory = std::getenv(adoption_variable);
  EXPECT_EXIT(adopt_and_die(directory, GetParam()), testing::KilledBySignal(SIGKILL), "");
  ::unsetenv(adoption_variable);

  Installation one(directory);
  EXPECT_EQ(care::bind(one.database(), one.store()).error().code, Errc::conflict);
  const Result<> adopted = one.adopt();
  ASSERT_TRUE(adopted) << adopted.error().message();
  one.settle();
  EXPECT_THAT(one.story(), ElementsAre("1 study.received: 1, 1")) << "what was never published, once";
  EXPECT_EQ(one.number("select count(*) from versions"), 3);
  EXPECT_EQ(one.number("select count(*) from studies where erased_at is not null"), 1);
}

INSTANTIATE_TEST_SUITE_P(Points, AdoptionCrash,
                         ::testing::Values("adopt.after_directory:2000", "adopt.before_published:1",
                                           "adopt.before_published:2", "adopt.before_finish:1"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::ranges::replace_if(name, [](char c) { return c == '.' || c == ':'; }, '_');
                           return name;
                         });

TEST_F(AdoptionTest, LeavesARottenObjectAndTakesTheOthersIn) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  const db::Row row = one_.database().read("select sop_uid, dataset_sha256 from versions order by id").value().at(0);
  const ObjectKey key =
      instance_key(StudyUid("1.2"), SopUid(row.text(0)), Sha256Digest::from_bytes(row.bytes(1)).value());
  one_.lose_catalog();
  const store::Document rotten{key, "not what it was"};
  ASSERT_TRUE(one_.store().write({&rotten, 1}).at(0));
  adopt();
  EXPECT_EQ(study("1.2").instance_count, 1);
  EXPECT_TRUE(one_.store().stat(key));
}

}  // namespace
}  // namespace dmw::ingest
