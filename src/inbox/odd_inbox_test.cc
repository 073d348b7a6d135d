// An inbox below a mount point on which nothing is mounted, a database that somebody has changed, and what the names of
// spool files keep when it is lost.
#include <filesystem>
#include <fstream>
#include <set>

#include "base/format.h"
#include "db/sqlite/sqlite.h"
#include "inbox/inbox_database.h"
#include "inbox/test_recovery.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

/// fstab names the folder of the inbox, or one above it, and nothing is mounted there.
TEST_F(RecoveryTest, ANewInboxIsNotMadeBelowAMountPointOnWhichNothingIsMounted) {
  const fs::path fstab = directory / "fstab";
  options.directory = directory / "volume" / "inbox";
  options.mounts.wanted = fstab;
  fs::create_directory(directory / "volume");
  std::ofstream(fstab) << "UUID=1 " << (directory / "volume").string() << " ext4 defaults 0 2\n";
  const auto refused = Inbox::open(options, clock);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable) << "the start waits, and goes on once it is mounted";
  EXPECT_TRUE(refused.error().what.contains("(INBOX_PATH)")) << refused.error().what;
  EXPECT_TRUE(fs::is_empty(directory / "volume"));
  // One that was there before goes on: what it has was acknowledged.
  fs::remove(fstab);
  open();
  const std::string kept = keep_one(1);
  close();
  std::ofstream(fstab) << "UUID=1 " << (directory / "volume").string() << " ext4 defaults 0 2\n";
  open();
  EXPECT_EQ(claimed_bytes(), std::multiset{kept});
}

/// By a person with an SQLite shell, or by a tool that repairs.
class OddDatabase : public RecoveryTest, public testing::WithParamInterface<const char*> {};

TEST_P(OddDatabase, IsRefusedWithWhatToDoAndLosesNothing) {
  open();
  const std::multiset<std::string> kept = keep_full_spool();
  close();
  {
    const auto opened = db::sqlite::open({.path = database()}).value();
    ASSERT_TRUE(opened->write([](db::Transaction& t) { return t.script(GetParam()); }));
  }
  EXPECT_EQ(found(), Inspection::Database::damaged) << inspect(directory.path()).why;
  const auto refused = Inbox::open(options, clock);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::internal);
  EXPECT_TRUE(refused.error().what.contains("no such") || refused.error().what.contains("duplicate"))
      << refused.error().what;
  EXPECT_TRUE(refused.error().what.ends_with(if_inbox_damaged)) << refused.error().what;
  remove_database();
  open();
  EXPECT_EQ(claimed_bytes(), kept) << "what the sentence says to do";
}

INSTANTIATE_TEST_SUITE_P(Recovery, OddDatabase,
                         testing::Values("drop table finished", "alter table items drop column refusal_study",
                                         "alter table items drop column last_error",
                                         "alter table sessions drop column peer",
                                         "alter table meta rename column value to word"));

TEST_F(RecoveryTest, FilesOfAnEarlierVersionGetTheCorrelationIdOfTheRecovery) {
  open();
  keep_full_spool();
  remove_database();
  for (const fs::path& file : files_in(directory / "spool")) {
    const std::string name = file.filename().string();
    fs::rename(file, file.parent_path() / name.substr(0, name.find(".from-")));
  }
  open();
  EXPECT_EQ(claimed_bytes().size(), 15U);
  std::set<Uuid> under;
  for (const SpooledInstance& item : claimed) under.insert(item.session.correlation_id);
  EXPECT_EQ(under.size(), 1U);
  EXPECT_TRUE(quarantined().empty());
}

/// More senders than it remembers at a time.
TEST_F(RecoveryTest, KeepsTheCorrelationIdsOfManySenders) {
  open();
  for (unsigned n = 0; n < 600; ++n) {
    const Session session = test_session();
    const std::string bytes = format("{:0>40}", n);
    ASSERT_TRUE(keep(*inbox, bytes, arrival_of(session)));
    sent_under[bytes] = session.correlation_id;
  }
  remove_database();
  open();
  EXPECT_EQ(claimed_bytes().size(), 600U);
  for (const SpooledInstance& item : claimed)
    EXPECT_EQ(item.session.correlation_id, sent_under.at(read_file(item.file)));
}

}  // namespace
}  // namespace dmw::inbox
