// A store's studies in a catalog that does not know them, for every database; see contract.h.
#pragma once

#include "catalog/adopting.h"
#include "catalog/contract.h"
#include "catalog/erasing_contract.h"
#include "catalog/manifests.h"

namespace dmw::catalog {

inline StoredStudy stored(const std::string& uid, int revision, int erased_revision = 0) {
  const StudyUid study(uid);
  return {.study = study,
          .revision = revision,
          .erased_revision = erased_revision,
          .manifests = {manifest_key(study, revision, 7)},
          .condemned = {}};
}

TEST_P(CatalogContract, AnAdoptedStudyIsPublishedInTheRevisionsThatTheStoreKnows) {
  const AdoptedStudy adopted = adopt_study(database(), stored("1.2", 4), 1'000, 2'000).value();
  EXPECT_EQ(adopted.life, 0);
  EXPECT_FALSE(adopted.is_erased);
  EXPECT_EQ(count_revisions(database()).value(), 4);
  const SpooledInstance one = spooled("1.2", "1.2.1.1", "a");
  const SpooledInstance other = spooled("1.2", "1.2.1.2", "b");
  record({one});
  EXPECT_EQ(recorded_objects(database(), adopted.id, StudyUid("1.2")).value(), std::set<ObjectKey>{key_of(one)});
  const std::vector<std::string> published = {"1.2.1.1"};
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(are_published(database(), adopted.id, 4, published));
    EXPECT_TRUE(settle().empty());
    EXPECT_EQ(adopt_study(database(), stored("1.2", 4), 1'000, 2'000).value().id, adopted.id);
  }
  record({other});
  ASSERT_TRUE(are_published(database(), adopted.id, 4, published));
  const std::vector<StudyRevision> next = settle();
  ASSERT_EQ(next.size(), 1U) << "it was never published";
  EXPECT_EQ(next[0].revision, 5);
  EXPECT_EQ(next[0].instances_added, 1);
  expect_true_counts(database());
  // Two instances, the manifest that was adopted, and that of revision 5.
  EXPECT_EQ(erase_study(database(), "1.2").value().objects, 4);
  EXPECT_EQ(number("select count(*) from erased_objects where object_key like '%\\_r4.e7.json' escape '\\'"), 1);
  EXPECT_EQ(number("select count(*) from adopted_objects"), 0);
}

TEST_P(CatalogContract, AnAdoptedStudyThatWasErasedStaysSo) {
  StoredStudy study = stored("1.2", 3, 3);
  study.manifests.clear();
  study.condemned = {ObjectKey("studies/000/a")};
  EXPECT_TRUE(adopt_study(database(), study, 1'000, 2'000).value().is_erased);
  const std::vector<std::string> asked = {"1.2"};
  EXPECT_EQ(which_are_erased(database(), asked).value().size(), 1U);
  EXPECT_TRUE(untold_erasures(database(), 10).value().revisions.empty());
  const auto well = [](const ObjectKey&) -> Result<std::optional<Error>> { return std::nullopt; };
  EXPECT_EQ(remove_erased(database(), 1'999, 10, {}, well).value().removed, 0U);
  EXPECT_EQ(remove_erased(database(), 2'000, 10, {}, well).value().removed, 1U);
  Recorder recorder(database(), clock_, {});
  const std::vector<SpooledInstance> again = {spooled("1.2", "1.2.1.1", "a")};
  ASSERT_TRUE(recorder.record(again, recorder.look_up(again).value().lives));
  EXPECT_EQ(settle().at(0).life_begins, 4);
}

TEST_P(CatalogContract, ACatalogThatIsOlderLearnsOfAnErasure) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  record({spooled("1.2", "1.2.1.2", "b")});
  ASSERT_TRUE(erase_study(database(), "1.2"));  // ordered, and never published here
  const AdoptedStudy adopted = adopt_study(database(), stored("1.2", 5, 4), 1'000, 2'000).value();
  EXPECT_EQ(adopted.life, 4);
  EXPECT_FALSE(adopted.is_erased);
  EXPECT_EQ(number("select count(*) from versions"), 0);
  EXPECT_EQ(number("select count(*) from erasures"), 0);
  EXPECT_EQ(number("select revision from studies"), 5);
  ASSERT_TRUE(are_published(database(), adopted.id, 5, {}));
  EXPECT_EQ(number("select count(*) from studies where erased_at is null"), 1);
  EXPECT_TRUE(settle().empty());
}

TEST_P(CatalogContract, AnAdoptionEndsAboveWhatTheStoreKnows) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  ASSERT_TRUE(begin_adoption(database()));
  EXPECT_TRUE(read_standing(database())->adopting);
  ASSERT_TRUE(finish_adoption(database(), "store-a", 1'000, 70, 9));
  const CatalogStanding standing = read_standing(database()).value();
  EXPECT_FALSE(standing.adopting);
  EXPECT_EQ(standing.store_id, "store-a");
  EXPECT_EQ(standing.position, 1'000);
  EXPECT_EQ(standing.settler_epoch, 70);
  EXPECT_EQ(standing.turn, 9);
  EXPECT_TRUE(standing.catalog_id);
  record({spooled("1.2", "1.2.1.2", "b")});
  settle();
  EXPECT_EQ(read_standing(database())->position, 1'001);
  const std::int64_t epoch = read_standing(database())->settler_epoch;
  EXPECT_EQ(take_turn(database(), epoch, 0), 10);
  EXPECT_EQ(take_turn(database(), epoch, 10), 11);
  EXPECT_EQ(take_turn(database(), epoch, 12).error().code, Errc::conflict) << "an older copy";
  EXPECT_EQ(read_standing(database())->turn, 11);
  EXPECT_EQ(take_turn(database(), epoch - 1, 0).error().code, Errc::stale);
}

TEST_P(CatalogContract, ACatalogWithoutTablesStandsAtNothing) {
  const std::unique_ptr<db::testing::Opened> empty = GetParam()();
  const CatalogStanding standing = read_standing(empty->database()).value();
  EXPECT_FALSE(standing.store_id);
  EXPECT_FALSE(standing.catalog_id);
  EXPECT_EQ(standing.position, 0);
}

TEST_P(CatalogContract, ManifestsThatNoRevisionNamesAreThoseOfSettlersThatLeadNoLonger) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  ASSERT_TRUE(adopt_study(database(), stored("1.3", 2), 1'000, 2'000));
  ASSERT_TRUE(database().write([](db::Transaction& t) { return t.script("update revisions set epoch = 1"); }));
  const std::int64_t epoch = lead_settling(database());
  ASSERT_EQ(settler_lead(database())->epoch, epoch);
  EXPECT_EQ(settler_lead(database())->holder, "test");
  std::vector<StoredManifest> manifests;
  const auto add = [&](const std::string& study, int revision, std::int64_t of) {
    manifests.push_back({manifest_key(StudyUid(study), revision, of), StudyUid(study), revision, of});
  };
  add("1.2", 1, 1);      // the one that is named
  add("1.2", 2, epoch);  // may be named next
  add("1.3", 2, 1);      // adopted
  add("1.9", 1, 1);      // of a study that the catalog does not know
  EXPECT_TRUE(unnamed_manifests(database(), manifests).value().empty());
  ASSERT_EQ(lead_settling(database()), epoch + 1);
  add("1.2", 1, epoch);  // another one is named
  EXPECT_EQ(unnamed_manifests(database(), manifests).value(), (std::vector{manifests[1].key, manifests[4].key}));
}

}  // namespace dmw::catalog
