// A database that is lost, old, of another inbox or damaged, beside a spool that has acknowledged instances.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/format.h"
#include "db/sqlite/sqlite.h"
#include "inbox/inbox_database.h"
#include "inbox/spool_directory.h"
#include "inbox/test_recovery.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

TEST_F(RecoveryTest, ALostDatabaseLosesNoInstance) {
  open();
  const std::string replica = inbox->replica_id();
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  EXPECT_EQ(found(), Inspection::Database::missing);
  EXPECT_EQ(inspect(directory.path()).without_row, 15U);
  open();
  EXPECT_EQ(inbox->replica_id(), replica) << "its leases and its row in the catalog are still its own";
  EXPECT_EQ(inbox->depth().items, 15U);
  EXPECT_EQ(claimed_bytes(), kept);
  for (const SpooledInstance& item : claimed) {
    const std::string bytes = read_file(item.file);
    EXPECT_EQ(item.session.kind, SessionKind::recovered);
    EXPECT_EQ(item.session.source, "recovered");
    EXPECT_EQ(item.session.correlation_id, sent_under.at(bytes)) << "its sender looks for it under this one";
    EXPECT_EQ(item.fingerprint.dataset_sha256, Sha256::of(as_bytes(bytes.substr(10))));
    EXPECT_EQ(item.fingerprint.prefix_bytes, 10U);
    EXPECT_EQ(item.fingerprint.chunk_crc32c.size(), 4U);
    EXPECT_TRUE(item.header.is_unread());
  }
  ASSERT_TRUE(inbox->finish(claimed));
  open();
  EXPECT_EQ(inbox->depth().items, 0U);
  EXPECT_EQ(spooled_files(directory.path()), 0U);
  EXPECT_TRUE(quarantined().empty());
}

/// A spool that is read again holds nobody up: who sends is answered, and who ends the program does not wait.
TEST_F(RecoveryTest, WhatComesMeanwhileIsTakenAndAStopLeavesTheRestToTheNextStart) {
  open();
  std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  std::atomic<bool> go_on = false;
  std::atomic<int> read = 0;
  options.locate = [&](ByteView head) {
    for (++read; std::this_thread::get_id() != tester && !go_on && read > 3;) std::this_thread::yield();
    return std::min<std::uint64_t>(head.size(), 10);
  };
  begin();
  EXPECT_EQ(inbox->depth().items, 15U) << "they count from the beginning";
  ASSERT_TRUE(inbox->recovering());
  EXPECT_EQ(inbox->recovering()->all, 15U);
  go_on = true;
  kept.insert(keep_one(20));
  close();
  EXPECT_EQ(spooled_files(directory.path()), 16U);
  options = directory.options();
  open();
  EXPECT_EQ(claimed_bytes(), kept);
}

TEST_F(RecoveryTest, AFileTellsWhoSentIt) {
  open();
  keep_one(1);
  keep_one(2);
  remove_database();
  int files = 0;
  options.calling_ae_of = [&](ByteView) { return ++files == 1 ? "CT1" : ""; };
  open();
  ASSERT_EQ(claimed_bytes().size(), 2U);
  EXPECT_EQ(claimed[0].session.calling_ae + claimed[1].session.calling_ae, "CT1");
  EXPECT_NE(claimed[0].session.id, claimed[1].session.id);
}

TEST_F(RecoveryTest, ALostDatabaseAndALostIdentityLoseNoInstance) {
  open();
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  fs::remove(directory / "identity");
  open();
  EXPECT_EQ(claimed_bytes(), kept);
}

TEST_F(RecoveryTest, TheNameKeepsARefusalAndAReplay) {
  open();
  Arrival refused = arrival_of(test_session());
  refused.header = Refusal{Errc::too_deep, "nested", StudyUid("1.2.4")};
  ASSERT_TRUE(keep(*inbox, "refused", refused));
  Arrival replayed = arrival_of(test_session());
  replayed.replay_of = Uuid::random();
  ASSERT_TRUE(keep(*inbox, "replayed", replayed));
  remove_database();
  open();
  ASSERT_EQ(claimed_bytes().size(), 2U);
  std::ranges::sort(claimed, {}, [](const SpooledInstance& item) { return read_file(item.file); });
  EXPECT_EQ(claimed[0].header.refusal().code, Errc::too_deep);
  EXPECT_NE(claimed[0].header.refusal().detail.find("inbox.sqlite"), std::string::npos);
  EXPECT_EQ(claimed[1].replay_of, replayed.replay_of);
}

TEST_F(RecoveryTest, AnOlderCopyLosesNoInstanceAndBringsNoneBack) {
  open();
  keep_one(100);
  keep_one(101);
  const fs::path copy = directory / "older";
  copy_database(copy);
  open();
  finish_all();
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  fs::copy_file(copy, database());
  EXPECT_EQ(found(), Inspection::Database::older);
  open();
  EXPECT_EQ(claimed_bytes(), kept) << "what it names and is gone was finished";
  for (const SpooledInstance& item : claimed) EXPECT_GT(item.seq, 17) << "no number is given twice";
  EXPECT_EQ(inbox->depth().items, 15U);
}

/// A kill has no time to say that it is one.
TEST_F(RecoveryTest, AnOlderCopyOfThisVeryLifeIsKnownByItsNumbers) {
  open();
  const fs::path copy = directory / "older";
  {
    const auto looking = db::sqlite::open_to_look(database()).value();
    ASSERT_TRUE(looking->read("select count(*) from items"));
    fs::copy_file(database(), copy);
    fs::copy_file(database().string() + "-wal", copy.string() + "-wal");
  }
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  fs::copy_file(copy, database());
  fs::copy_file(copy.string() + "-wal", database().string() + "-wal");
  EXPECT_EQ(found(), Inspection::Database::older);
  open();
  EXPECT_EQ(claimed_bytes(), kept);
}

/// What the copy names and is gone was recorded since, and may have been erased since: it must not be tried again.
TEST_F(RecoveryTest, AnOlderCopyOfThisVeryLifeIsKnownAlsoWhereNothingWasKeptSince) {
  open();
  keep_one(1);
  keep_one(2);
  const fs::path copy = directory / "older";
  {
    const auto looking = db::sqlite::open_to_look(database()).value();
    ASSERT_TRUE(looking->read("select count(*) from items"));
    fs::copy_file(database(), copy);
    fs::copy_file(database().string() + "-wal", copy.string() + "-wal");
  }
  const std::vector<SpooledInstance> one = inbox->claim(1, no_limit).value();
  ASSERT_TRUE(inbox->finish(one));
  remove_database();
  fs::copy_file(copy, database());
  fs::copy_file(copy.string() + "-wal", database().string() + "-wal");
  EXPECT_EQ(found(), Inspection::Database::older);
  open();
  EXPECT_EQ(inbox->depth().items, 1U);
  EXPECT_EQ(claimed_bytes().size(), 1U);
}

TEST_F(RecoveryTest, ADatabaseOfAnotherInboxIsSetAside) {
  const TestDirectory other;
  {
    const auto another = Inbox::open(other.options(), clock).value();
    ASSERT_TRUE(keep(*another, "of another inbox", arrival_of(test_session())));
  }
  open();
  const std::string replica = inbox->replica_id();
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  fs::copy_file(other / "inbox.sqlite", database());
  EXPECT_EQ(found(), Inspection::Database::foreign);
  open();
  EXPECT_EQ(inbox->replica_id(), replica) << "two replicas must not have one name";
  EXPECT_EQ(claimed_bytes(), kept);
  EXPECT_EQ(inbox->depth().items, 15U);
  const std::string aside = format("inbox.sqlite.foreign-{}", clock.now() / 1'000'000);
  EXPECT_EQ(read_file(directory / aside), read_file(other / "inbox.sqlite"));
}

TEST_F(RecoveryTest, ADatabaseOfAnotherProgramIsSetAside) {
  open();
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  ASSERT_TRUE(db::sqlite::open({.path = database()}).value()->write([](db::Transaction& transaction) {
    return transaction.script("create table sessions(a bigint)");
  }));
  EXPECT_EQ(found(), Inspection::Database::foreign);
  open();
  EXPECT_EQ(claimed_bytes(), kept);
}

TEST_F(RecoveryTest, ADamagedDatabaseSaysWhatToDoAndThatIsSafe) {
  open();
  const std::multiset<std::string> kept = keep_full_spool();
  close();
  std::fstream(database(), std::ios::in | std::ios::out | std::ios::binary).write(std::string(4096, 'x').data(), 4096);
  EXPECT_EQ(found(), Inspection::Database::damaged);
  const auto refused = Inbox::open(directory.options(), clock);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(if_inbox_damaged), std::string::npos) << refused.error().message();
  EXPECT_EQ(spooled_files(directory.path()), 15U);
  for (const char* ending : {"", "-wal", "-shm"}) {
    const std::string file = database().string() + ending;
    if (fs::exists(file)) fs::rename(file, file + ".damaged");
  }
  open();
  EXPECT_EQ(claimed_bytes(), kept);
}

TEST_F(RecoveryTest, AFileThatIsNotWhatItsNameSaysGoesToTheQuarantine) {
  open();
  const std::multiset<std::string> kept = keep_full_spool();
  remove_database();
  const std::vector<fs::path> files = files_in(directory / "spool");
  ASSERT_EQ(files.size(), 15U);
  fs::resize_file(files[3], fs::file_size(files[3]) - 1);
  std::fstream(files[5], std::ios::in | std::ios::out | std::ios::binary).seekp(500).write("rotten", 6);
  std::fstream(files[7], std::ios::in | std::ios::out | std::ios::binary).seekp(3).write("rotten", 6);
  open();
  EXPECT_EQ(claimed_bytes().size(), 12U);
  EXPECT_EQ(spooled_files(directory.path()), 12U);
  std::set<std::string> names;
  for (const fs::path& file : quarantined()) names.insert(file.filename());
  EXPECT_EQ(names, (std::set<std::string>{files[3].filename(), files[5].filename(), files[7].filename()}));
  EXPECT_EQ(inspect(directory.path()).quarantined, 3U);
}

TEST_F(RecoveryTest, WhatIsNoSpoolFileIsNeverDeleted) {
  open();
  keep_one(1);
  close();
  std::ofstream(directory / "spool/3/orphan") << "a file of an older version, or somebody's";
  std::ofstream(directory / "spool/stray") << "stray";
  std::ofstream(directory / "elsewhere") << "elsewhere";
  fs::create_symlink(directory / "elsewhere", directory / "spool/4/link");
  fs::create_symlink(directory / "elsewhere", directory / "spool/5/link.part");
  fs::create_directories(directory / "spool/lost+found");
  open();
  EXPECT_EQ(claimed_bytes().size(), 1U);
  EXPECT_EQ(quarantined().size(), 4U);
  EXPECT_EQ(read_file(directory / "elsewhere"), "elsewhere");
  EXPECT_TRUE(fs::exists(directory / "spool/lost+found"));
  open();
  EXPECT_EQ(quarantined().size(), 4U);
}

/// A tool that copies or renames gives endings such as `.part` too.
TEST_F(RecoveryTest, AWholeFileThatSomebodyRenamedIsNotSweptAsUnfinished) {
  for (const bool with_rows : {true, false}) {
    open();
    keep_one(with_rows ? 1 : 2);
    keep_one(with_rows ? 3 : 4);
    close();
    const std::vector<fs::path> files = files_in(directory / "spool");
    ASSERT_EQ(files.size(), 2U);
    fs::rename(files[0], files[0].string() + ".part");
    fs::rename(files[1], files[1].string() + ".put");
    if (!with_rows) remove_database();
    open();
    EXPECT_EQ(quarantined().size(), with_rows ? 2U : 4U);
    // If there are rows, instances were acknowledged: the rows stay, and the loss is reported.
    EXPECT_EQ(inbox->depth().items, with_rows ? 2U : 0U);
    if (with_rows) remove_database();
  }
}

/// A number after a name of 255 bytes makes it too long for every file system.
TEST_F(RecoveryTest, AStrangeFileOfTheLongestNameGoesToTheQuarantineTwice) {
  const std::string longest(255, 'x');
  for (const std::size_t times : {1U, 2U, 3U}) {
    open();
    close();
    std::ofstream(directory / "spool/3" / longest) << "somebody's";
    open();
    EXPECT_EQ(quarantined().size(), times);
    close();
  }
}

/// Whatever the reason is for which a free name there cannot be looked for, the start goes on.
TEST_F(RecoveryTest, AQuarantineThatLeadsNowhereLeavesTheFileWhereItIs) {
  open();
  close();
  fs::create_symlink("quarantine", directory / "quarantine");
  std::ofstream(directory / "spool/3/strange") << "somebody's";
  open();
  EXPECT_TRUE(fs::exists(directory / "spool/3/strange"));
}

TEST_F(RecoveryTest, UnfinishedFilesAreSwept) {
  open();
  keep_one(1);
  close();
  std::ofstream(directory / "spool/3/1234-5.part") << "half an instance";
  std::ofstream(directory / "spool/3/1234-6.put") << "a second name of an older version";
  open();
  EXPECT_EQ(spooled_files(directory.path()), 1U);
  EXPECT_TRUE(quarantined().empty());
}

/// The row was durable before the name was: nobody was told that the instance is kept.
TEST_F(RecoveryTest, ARowWhoseFileIsStillUnfinishedIsNoLoss) {
  open();
  keep_one(1);
  claimed_bytes();
  const fs::path file = claimed.at(0).file;
  close();
  fs::rename(file, file.parent_path() / unfinished_name(stem_of(file.filename().native())));
  open();
  EXPECT_EQ(inbox->depth().items, 0U);
  EXPECT_EQ(inbox->depth().bytes, 0U);
  EXPECT_EQ(spooled_files(directory.path()), 0U);
}

/// The power goes between the rows of a finish and the names of its files.
TEST_F(RecoveryTest, AFinishedFileThatIsThereAgainIsNotTakenInAgain) {
  open();
  keep_one(1);
  claimed_bytes();
  const fs::path file = claimed.at(0).file;
  const fs::path saved = directory / "saved";
  fs::create_hard_link(file, saved);
  ASSERT_TRUE(inbox->finish(claimed));
  close();
  fs::rename(saved, file);
  open();
  EXPECT_EQ(inbox->depth().items, 0U);
  EXPECT_EQ(spooled_files(directory.path()), 0U);
}

TEST_F(RecoveryTest, FinishedFilesAreForgottenOnceTheyAreGone) {
  open();
  for (int round = 0; round < 9; ++round) {
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(keep(*inbox, "x", arrival_of(test_session())));
    finish_all();
  }
  const auto rows = db::sqlite::open_to_look(database()).value()->read("select count(*) from finished");
  EXPECT_EQ(rows.value().at(0).integer(0), 0) << "4,500 were finished, and the last one forgot all";
}

TEST_F(RecoveryTest, ARowWhoseFileIsGoneStaysWhereTheDatabaseIsOurOwn) {
  open();
  keep_one(1);
  claimed_bytes();
  fs::remove(claimed.at(0).file);
  open();
  EXPECT_EQ(inbox->depth().items, 1U) << "it was acknowledged: that it is lost has to be told";
}

TEST_F(RecoveryTest, AMissingSpoolBesideRowsIsNoEmptyOne) {
  open();
  keep_one(1);
  close();
  fs::rename(directory / "spool", directory / "unmounted");
  const auto refused = Inbox::open(directory.options(), clock);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().what.find("mount its volume"), std::string::npos) << refused.error().message();
  EXPECT_FALSE(fs::exists(directory / "spool")) << "nothing is made below a mount point";
  EXPECT_EQ(found(), Inspection::Database::without_spool);
  fs::rename(directory / "unmounted", directory / "spool");
  open();
  EXPECT_EQ(claimed_bytes().size(), 1U);
}

TEST_F(RecoveryTest, ALockAloneIsANewInbox) {
  std::ofstream(directory / "lock") << "1";
  EXPECT_EQ(found(), Inspection::Database::none);
  open();
  EXPECT_EQ(inbox->depth().items, 0U);
  EXPECT_EQ(found(), Inspection::Database::own);
}

TEST_F(RecoveryTest, AnInboxOfTheVersionBeforeGoesOn) {
  open();
  const std::string replica = inbox->replica_id();
  keep_one(1);
  claimed_bytes();
  const fs::path old_name = directory / "spool/3/01234567-89ab-4cde-8";
  fs::rename(claimed.at(0).file, old_name);
  close();
  ASSERT_TRUE(db::sqlite::open({.path = database()}).value()->write([](db::Transaction& transaction) {
    return transaction.script(
        "update items set file = '3/01234567-89ab-4cde-8'; drop table finished; pragma user_version = 2;"
        "delete from meta where key = 'life'");
  }));
  fs::remove(directory / "identity");
  open();
  EXPECT_EQ(inbox->replica_id(), replica);
  ASSERT_EQ(claimed_bytes().size(), 1U);
  EXPECT_EQ(claimed[0].file, old_name);
  EXPECT_EQ(claimed[0].session.source, "door");
}

}  // namespace
}  // namespace dmw::inbox
