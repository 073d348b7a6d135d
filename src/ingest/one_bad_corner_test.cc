// One shard of the store, or one row, that refuses: what needs it waits, and the others go on.
#include <fstream>

#include <gmock/gmock.h>

#include "catalog/erasing.h"
#include "ingest/ingestor.h"
#include "ingest/removal.h"
#include "ingest/settler.h"
#include "ingest/test_bench.h"
#include "testing/flaky_store.h"

namespace dmw::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A folder of the store in whose place there is a file, as long as this lives.
class BadFolder {
 public:
  explicit BadFolder(std::filesystem::path folder) : folder_(std::move(folder)), kept_(folder_.string() + ".kept") {
    std::filesystem::create_directories(folder_);
    std::filesystem::rename(folder_, kept_);
    std::ofstream(folder_) << "in the way";
  }
  BadFolder(const BadFolder&) = delete;
  BadFolder& operator=(const BadFolder&) = delete;
  ~BadFolder() {
    std::filesystem::remove(folder_);
    std::filesystem::rename(kept_, folder_);
  }

 private:
  std::filesystem::path folder_;
  std::filesystem::path kept_;
};

class OneBadCorner : public ::testing::Test {
 protected:
  /// Of three studies, all of whose instances have come.
  void arrive() {
    for (const char* study : {"1.1", "1.2", "1.3"}) bench_.keep(instance(study, std::string(study) + ".1.1"));
    ASSERT_TRUE(bench_.ingest());
    ASSERT_TRUE(change("update settling set closed = true"));
  }
  Result<> change(const std::string& sql) {
    return bench_.database().write([&](db::Transaction& t) { return t.script(sql); });
  }
  std::filesystem::path shard_of(const std::string& study) const {
    return bench_.store_directory() / std::filesystem::path(manifest_key(StudyUid(study), 1, 1).get()).parent_path();
  }
  std::vector<std::string> told() {
    std::vector<std::string> keys;
    for (const Event& event : bench_.events()) keys.push_back(event.key);
    std::ranges::sort(keys);
    return keys;
  }
  /// That the second of the three waits, with these words, and is told once the fault is over.
  void expect_that_one_waits(const std::string& words, const std::function<void()>& mend) {
    for (int n = 0; n < 3; ++n) {
      const Result<bool> passed = settler_->pass();
      ASSERT_TRUE(passed) << passed.error().message();
    }
    EXPECT_THAT(told(), ElementsAre("1.1", "1.3"));
    ASSERT_TRUE(settler_->aside().state());
    EXPECT_THAT(settler_->aside().state()->reason, HasSubstr("study 1.2: "));
    EXPECT_THAT(settler_->aside().state()->reason, HasSubstr(words));
    EXPECT_THAT(bench_.metrics.text(), HasSubstr("dicom_middleware_lane_put_aside{lane=\"settle\"} 1\n"));
    mend();
    ASSERT_TRUE(settler_->pass());
    EXPECT_EQ(told().size(), 2U) << "it rests";
    bench_.clock.advance(1h);
    ASSERT_TRUE(settler_->pass());
    EXPECT_THAT(told(), ElementsAre("1.1", "1.2", "1.3"));
    EXPECT_FALSE(settler_->aside().state());
  }

  Bench bench_;
  std::unique_ptr<Settler> settler_ = bench_.settler();
};

TEST_F(OneBadCorner, AShardThatTakesNoManifestKeepsItsStudiesAlone) {
  arrive();
  std::optional<BadFolder> bad(shard_of("1.2"));
  expect_that_one_waits("the write of its manifest", [&] { bad.reset(); });
}

TEST_F(OneBadCorner, ARevisionThatCannotBeReadKeepsItsStudyAlone) {
  arrive();
  ASSERT_TRUE(
      change("update versions set dataset_sha256 = cast(dataset_sha256 || x'00' as blob) where sop_uid = '1.2.1.1'"));
  expect_that_one_waits("a SHA-256 has 32 bytes, during the reading of its revision", [&] {
    ASSERT_TRUE(change("update versions set dataset_sha256 = substr(dataset_sha256, 1, 32) where sop_uid = '1.2.1.1'"));
  });
}

TEST_F(OneBadCorner, ARevisionThatTheCatalogRefusesKeepsItsStudyAlone) {
  arrive();
  ASSERT_TRUE(
      change("create trigger refusal before insert on revisions when new.study_id = (select id from studies where "
             "study_instance_uid = '1.2') begin select raise(abort, 'not this one'); end"));
  expect_that_one_waits("not this one", [&] { ASSERT_TRUE(change("drop trigger refusal")); });
}

TEST_F(OneBadCorner, AnErasureThatCannotBeToldKeepsNoOther) {
  arrive();
  ASSERT_TRUE(settler_->pass());
  for (const char* study : {"1.2", "1.3"}) {
    ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid(study), Bench::door("person"), "anna", "asked for", 0ms},
                               bench_.clock.now()));
  }
  {
    const BadFolder bad(shard_of("1.2"));
    ASSERT_TRUE(settler_->pass());
    EXPECT_EQ(bench_.events().size(), 4U);
    EXPECT_EQ(bench_.events().back().key, "1.3");
  }
  bench_.clock.advance(1h);
  ASSERT_TRUE(settler_->pass());
  EXPECT_EQ(bench_.events().back().key, "1.2");
  EXPECT_FALSE(settler_->aside().state());
}

TEST_F(OneBadCorner, AnErasedObjectWhoseRowDoesNotGoKeepsNeitherOthersNorTheSweep) {
  for (int n = 1; n <= 40; ++n) bench_.keep(instance("1.1", format("1.1.1.{}", n)));
  ASSERT_TRUE(bench_.ingest());
  ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid("1.1"), Bench::door("person"), "anna", "asked for", 0ms},
                             bench_.clock.now()));
  ASSERT_TRUE(settler_->pass());
  ASSERT_TRUE(
      change("create trigger refusal before delete on erased_objects when old.object_key in (select object_key "
             "from erased_objects order by object_key limit 1) begin select raise(abort, 'it stays'); end"));
  settler_ = bench_.settler();  // the next epoch
  ASSERT_TRUE(settler_->pass());
  const store::Document left{manifest_key(StudyUid("1.1"), 9, 1), "{}"};
  ASSERT_TRUE(bench_.store().write({&left, 1}).at(0));
  catalog::ClockTrust trust(bench_.database(), bench_.clock);
  Clearing clearing("me", bench_.database(), bench_.store(), trust, bench_.clock, bench_.metrics);
  const auto clear = [&] {
    Result<bool> passed = true;
    while (passed && *passed) passed = clearing.pass();
    EXPECT_TRUE(passed) << passed.error().message();
  };
  clear();
  EXPECT_EQ(bench_.number("select count(*) from erased_objects"), 1);
  EXPECT_THAT(bench_.manifests(), ElementsAre("1.1_r1.e1.json")) << "the tombstone alone";
  ASSERT_TRUE(clearing.aside().state());
  EXPECT_THAT(clearing.aside().state()->reason, HasSubstr("the removal of erased objects: SQLite: it stays"));
  ASSERT_TRUE(change("drop trigger refusal"));
  bench_.clock.advance(1h);
  clear();
  EXPECT_EQ(bench_.number("select count(*) from erased_objects"), 0);
  EXPECT_FALSE(clearing.aside().state());
}

TEST_F(OneBadCorner, ManyObjectsThatDoNotGoKeepNoneBehindThem) {
  bench_.keep(instance("1.1", "1.1.1.1"));
  ASSERT_TRUE(bench_.ingest());
  ASSERT_TRUE(change(
      "with recursive n(n) as (select 1 union all select n + 1 from n where n < 600) insert into "
      "erased_objects(object_key, due_at) select 'studies/000/1.1_' || (1000 + n) || "
      "'.00000000000000000000000000000000.dcm', 0 from n; create trigger refusal "
      "before delete on erased_objects when old.object_key < 'studies/000/1.1_1301' begin select raise(abort, 'it "
      "stays'); end"));
  std::filesystem::create_directories(bench_.store_directory() / "studies/000");
  Removal removal(bench_.database(), bench_.store(), bench_.metrics);
  Result<bool> passed = true;
  while (passed && *passed) passed = removal.pass(bench_.clock.now());
  ASSERT_FALSE(passed);
  EXPECT_THAT(passed.error().message(), HasSubstr("during the removal of studies/000/1.1_1001."));
  EXPECT_EQ(bench_.number("select count(*) from erased_objects"), 300);
  ASSERT_TRUE(change("drop trigger refusal"));
  for (passed = true; passed && *passed;) passed = removal.pass(bench_.clock.now());
  EXPECT_TRUE(passed);
  EXPECT_EQ(bench_.number("select count(*) from erased_objects"), 0);
}

TEST_F(OneBadCorner, StudiesThatAreAllRefusedKeepNoOther) {
  for (int n = 10; n < 50; ++n) bench_.keep(instance(format("1.{}", n), format("1.{}.1.1", n)));
  bench_.keep(instance("2.1", "2.1.1.1"));
  ASSERT_TRUE(bench_.ingest());
  ASSERT_TRUE(change("update settling set closed = true"));
  ASSERT_TRUE(
      change("create trigger refusal before insert on revisions when new.study_id in (select id from studies where "
             "study_instance_uid like '1.%') begin select raise(abort, 'not these'); end"));
  for (int n = 0; n < 5; ++n) {
    const Result<bool> passed = settler_->pass();
    ASSERT_TRUE(passed) << passed.error().message();
  }
  EXPECT_THAT(told(), ElementsAre("2.1"));
  EXPECT_EQ(settler_->aside().count(), 40U);
  ASSERT_TRUE(change("drop trigger refusal"));
  bench_.clock.advance(1h);
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(settler_->pass());
  EXPECT_EQ(told().size(), 41U);
  EXPECT_FALSE(settler_->aside().state());
}

TEST_F(OneBadCorner, ARevisionThatTheCatalogRefusesToAllIsAnOutage) {
  arrive();
  for (const char* change_of : {"insert on revisions", "delete on settling", "update on studies", "insert on events"}) {
    ASSERT_TRUE(
        change(format("create trigger refusal before {} begin select raise(abort, 'not this'); end", change_of)));
    const Result<bool> passed = settler_->pass();
    ASSERT_FALSE(passed) << change_of;
    EXPECT_EQ(passed.error().code, Errc::unavailable);
    EXPECT_THAT(passed.error().message(), HasSubstr("even a revision that is known to be valid: SQLite: not this"));
    EXPECT_FALSE(settler_->aside().state()) << change_of;
    ASSERT_TRUE(change("drop trigger refusal"));
  }
  ASSERT_TRUE(settler_->pass());
  EXPECT_EQ(told().size(), 3U);
}

TEST_F(OneBadCorner, AnObjectThatCannotBeRemovedIsToldOnceAndAgainWhenTheReasonChanges) {
  arrive();
  ASSERT_TRUE(settler_->pass());
  ASSERT_TRUE(catalog::erase(bench_.database(), {StudyUid("1.1"), Bench::door("person"), "anna", "asked for", 0ms},
                             bench_.clock.now()));
  ASSERT_TRUE(settler_->pass());
  FlakyStore store(bench_.store());
  store.refused = {bench_.database().read("select min(object_key) from erased_objects").value().at(0).text(0)};
  testing::internal::CaptureStderr();
  for (int n = 0; n < 3; ++n) {
    ASSERT_TRUE(Removal(bench_.database(), store, bench_.metrics).pass(bench_.clock.now()));
    bench_.clock.advance(2h);
  }
  const std::string said = testing::internal::GetCapturedStderr();
  const std::size_t told = said.find("removal postponed");
  ASSERT_NE(told, std::string::npos);
  EXPECT_EQ(said.find("removal postponed", told + 1), std::string::npos) << said;
}

TEST_F(OneBadCorner, AStoredVersionThatCannotBeReadKeepsNoArrivalBack) {
  arrive();
  ASSERT_TRUE(change("update versions set dataset_sha256 = x'00' where sop_uid = '1.2.1.1'"));
  bench_.keep(instance("1.2", "1.2.1.1", 'b'));
  bench_.keep(instance("1.4", "1.4.1.1"));
  const Result<bool> ingested = bench_.ingest();
  ASSERT_TRUE(ingested) << ingested.error().message();
  EXPECT_EQ(bench_.number("select count(*) from versions"), 5);
}

TEST_F(OneBadCorner, WhatAllAreRefusedIsAnOutage) {
  arrive();
  ASSERT_TRUE(change("create trigger refusal before insert on revisions begin select raise(abort, 'nobody'); end"));
  EXPECT_FALSE(settler_->pass());
  EXPECT_FALSE(settler_->aside().state());
  ASSERT_TRUE(change("drop trigger refusal"));
  {
    const BadFolder away(bench_.store_directory() / "tmp");
    EXPECT_FALSE(settler_->pass());
    EXPECT_FALSE(settler_->aside().state()) << "the store as a whole";
  }
  ASSERT_TRUE(settler_->pass());
  EXPECT_EQ(told().size(), 3U) << "at once";
}

TEST_F(OneBadCorner, AStudyThatIsErasedMeanwhileWaitsNoLonger) {
  arrive();
  const BadFolder bad(shard_of("1.2"));
  ASSERT_TRUE(settler_->pass());
  ASSERT_TRUE(settler_->aside().state());
  ASSERT_TRUE(change("delete from settling"));
  ASSERT_TRUE(settler_->pass());
  EXPECT_FALSE(settler_->aside().state());
}

TEST_F(OneBadCorner, AShardThatTakesNoObjectIsToldAndKeepsItsInstancesAlone) {
  {
    const BadFolder bad(shard_of("1.2"));
    for (const char* study : {"1.1", "1.2", "1.3"}) bench_.keep(instance(study, std::string(study) + ".1.1"));
    ASSERT_TRUE(bench_.ingest());
    EXPECT_EQ(bench_.number("select count(*) from studies"), 2);
    ASSERT_TRUE(bench_.ingest_aside);
    EXPECT_THAT(bench_.ingest_aside->reason,
                HasSubstr("what belongs into studies/" + shard_of("1.2").filename().string()));
  }
  bench_.clock.advance(1h);
  ASSERT_TRUE(bench_.ingest());
  EXPECT_EQ(bench_.number("select count(*) from studies"), 3);
  EXPECT_TRUE(bench_.letters().empty());
}

TEST_F(OneBadCorner, DeadLettersThatCannotBeKeptWaitAndTheOthersGoOn) {
  {
    const BadFolder bad(bench_.store_directory() / "dead-letters");
    bench_.keep("this is no DICOM");
    bench_.keep(instance("1.1", "1.1.1.1"));
    ASSERT_TRUE(bench_.ingest());
    bench_.keep(instance("1.2", "1.2.1.1"));
    ASSERT_TRUE(bench_.ingest());
    EXPECT_EQ(bench_.number("select count(*) from studies"), 2);
    EXPECT_TRUE(bench_.letters().empty());
  }
  bench_.clock.advance(1h);
  ASSERT_TRUE(bench_.ingest());
  EXPECT_EQ(bench_.letters().size(), 1U);
}

}  // namespace
}  // namespace dmw::ingest
