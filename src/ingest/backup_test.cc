// The copies that a backup makes while everything goes on, and a start on them: nothing that was recorded is missing,
// nothing is published again, and nothing that was erased comes back.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "care/store_copy.h"
#include "catalog/standing.h"
#include "catalog/studies.h"
#include "db/sqlite/copy.h"
#include "ingest/test_installation.h"
#include "model/uid.h"
#include "store/shards.h"
#include "testing/flaky_store.h"

namespace dmw::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(care::bind(one_.database(), one_.store())); }

  /// `after_catalog` happens between the copies of the catalog and of the store; `within` while that directory is
  /// copied.
  void back_up(
      const std::function<void()>& after_catalog, const std::string& busy_in = "",
      const std::function<void()>& within = [] {}) {
    CopiedFolder into = CopiedFolder::begin(copy(), [] { return Result<>(); }).value();
    const std::filesystem::path catalog = into.place("catalog.db").value();
    ASSERT_TRUE(db::sqlite::copy(one_.bench().store_directory().parent_path() / "catalog.db", catalog, ""));
    const catalog::CatalogStanding copied = catalog::read_standing(*db::sqlite::open_to_look(catalog).value()).value();
    after_catalog();
    FlakyStore busy(one_.store());
    int lists = 0;
    busy.before_list = [&](std::string_view directory) {
      if (directory == busy_in && ++lists == 2) within();
    };
    care::StoreCopy store({busy, into, "store", [](const ObjectKey&, const Error&) {}, [](const care::StoreCopied&) {},
                           [&](const ObjectKey& key) { rotten_.push_back(key.get()); }});
    ASSERT_TRUE(store.objects());
    const auto found = care::find_missing(one_.database(), one_.store(), copied.newest_version,
                                          [&](const ObjectKey& key) { missing_.push_back(key.get()); });
    ASSERT_TRUE(found);
    not_there_ = *found;
    ASSERT_TRUE(store.marks(care::mark_ahead(copied, catalog::read_standing(one_.database()).value())));
    ASSERT_TRUE(into.finish());
  }
  std::filesystem::path copy() const { return elsewhere_.path() / "copy"; }
  void erase_at_once(const std::string& study) {
    ASSERT_TRUE(catalog::erase(one_.database(), {StudyUid(study), Bench::door("person"), "anna", "asked for", 0h},
                               one_.bench().clock.now()));
    one_.settle();
    Metrics metrics;
    ASSERT_TRUE(Removal(one_.database(), one_.store(), metrics).pass(one_.bench().clock.now()));
  }
  static catalog::StudyRow study_of(Installation& restored, const std::string& uid) {
    return catalog::Studies(restored.database()).get(StudyUid(uid)).value().value();
  }
  static std::string directory_of(const std::string& study) {
    const std::string key = study_prefix(StudyUid(study));
    return key.substr(0, key.rfind('/'));
  }

  /// The file of an object that is there.
  std::filesystem::path file_of(const std::string& study, const std::string& sop) {
    for (const auto& entry :
         std::filesystem::directory_iterator(one_.bench().store_directory() / directory_of(study))) {
      if (entry.path().filename().string().starts_with(study + "_" + sop + ".")) return entry.path();
    }
    ADD_FAILURE() << "no object of " << sop;
    return {};
  }
  static std::string key_in(const std::string& study, const std::filesystem::path& file) {
    return directory_of(study) + "/" + file.filename().string();
  }

  Installation one_;
  ScratchFolder elsewhere_;
  std::vector<std::string> rotten_;
  std::vector<std::string> missing_;
  care::NotThere not_there_;
};

TEST_F(BackupTest, TellsOfAnObjectThatTheStoreHasLost) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  const std::filesystem::path lost = file_of("1.2", "1.2.1.2");
  std::filesystem::remove(lost);
  back_up([] {});
  EXPECT_THAT(missing_, ElementsAre(key_in("1.2", lost)));
  EXPECT_THAT(rotten_, IsEmpty());
}

TEST_F(BackupTest, IsMadeWithoutAnObjectThatCannotBeReadAndARowWithoutADigest) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  const std::filesystem::path unreadable = file_of("1.2", "1.2.1.2");
  std::filesystem::remove(unreadable);
  std::filesystem::create_directory(unreadable);
  ASSERT_TRUE(one_.database().write([](db::Transaction& transaction) {
    return transaction.script("update versions set dataset_sha256 = x'00' where sop_uid = '1.2.1.1'");
  }));
  back_up([] {});
  EXPECT_THAT(missing_, IsEmpty());
  EXPECT_EQ(not_there_.unreadable, 1U);
  EXPECT_EQ(not_there_.unnamed, 1U);
}

TEST_F(BackupTest, TellsOfAnObjectWhoseBytesTheDiskChanged) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  const std::filesystem::path rotten = file_of("1.2", "1.2.1.1");
  std::filesystem::permissions(rotten, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::fstream file(rotten, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(-1, std::ios::end);
  const char last = static_cast<char>(file.get() ^ 1);
  file.seekp(-1, std::ios::end);
  file.put(last);
  file.close();
  back_up([] {});
  EXPECT_THAT(rotten_, ElementsAre(key_in("1.2", rotten)));
  EXPECT_THAT(missing_, IsEmpty());
}

TEST_F(BackupTest, WhatIsErasedWhileItRunsIsNotMissing) {
  one_.publish("1.2", {"1.2.1.1"});
  one_.publish("1.3", {"1.3.1.1"});
  back_up([&] { erase_at_once("1.2"); });
  EXPECT_THAT(missing_, IsEmpty());
}

TEST_F(BackupTest, OfAQuietInstallationStartsAsItIs) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  back_up([] {});
  Installation restored(copy());
  EXPECT_TRUE(care::bind(restored.database(), restored.store()));
  EXPECT_EQ(study_of(restored, "1.2").instance_count, 2);
}

TEST_F(BackupTest, TakesInWhatWasPublishedWhileItRanAndPublishesItNotAgain) {
  one_.publish("1.2", {"1.2.1.1"});
  back_up([&] {
    one_.publish("1.2", {"1.2.1.2"});
    one_.publish("1.3", {"1.3.1.1"});
  });
  Installation restored(copy());
  EXPECT_EQ(care::bind(restored.database(), restored.store()).error().code, Errc::conflict);
  ASSERT_TRUE(restored.adopt());
  restored.settle();
  EXPECT_THAT(restored.story(), ElementsAre("1 study.received: 1, 1")) << "as it was copied, and nothing new";
  EXPECT_EQ(study_of(restored, "1.2").revision, 2);
  EXPECT_EQ(study_of(restored, "1.3").instance_count, 1);
  restored.publish("1.2", {"1.2.1.3"});
  EXPECT_THAT(restored.story(), ElementsAre("1 study.received: 1, 1", "3 study.updated: 3, 1"));
}

TEST_F(BackupTest, LosesNothingThatWasOnlyRecordedWhileItRan) {
  one_.publish("1.2", {"1.2.1.1"});
  back_up([&] { one_.record("1.3", {"1.3.1.1"}); });
  Installation restored(copy());
  EXPECT_EQ(care::bind(restored.database(), restored.store()).error().code, Errc::conflict);
  ASSERT_TRUE(restored.adopt());
  restored.settle();
  EXPECT_EQ(study_of(restored, "1.3").revision, 1);
}

TEST_F(BackupTest, ListsNoObjectThatIsNotInIt) {
  one_.publish("1.2", {"1.2.1.1"});
  back_up([] {}, directory_of("1.2"), [&] { one_.publish("1.2", {"1.2.1.2"}); });
  Installation restored(copy());
  ASSERT_TRUE(restored.adopt());
  EXPECT_EQ(study_of(restored, "1.2").instance_count, 2);
  EXPECT_EQ(restored.number("select count(*) from versions"), 2);
}

TEST_F(BackupTest, BringsNothingBackThatWasErasedWhileItRan) {
  one_.publish("1.2", {"1.2.1.1", "1.2.1.2"});
  back_up([] {}, directory_of("1.2"), [&] { erase_at_once("1.2"); });
  Installation restored(copy());
  ASSERT_TRUE(restored.adopt());
  EXPECT_TRUE(study_of(restored, "1.2").erased_at);
  EXPECT_EQ(restored.number("select count(*) from versions"), 0);
}

}  // namespace
}  // namespace dmw::ingest
