#include "db/sqlite/sqlite.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "db/contract.h"
#include "db/sqlite/copy.h"
#include "testing/scratch_folder.h"

namespace dmw::db::sqlite {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseContract,
                         ::testing::Values([] { return std::make_unique<testing::OpenedSqlite>(); }));

TEST(Sqlite, KeepsCommittedRowsWhenItIsOpenedAgain) {
  const ScratchFolder directory;
  const Options options{.path = directory / "a.sqlite"};
  {
    const auto database = open(options).value();
    ASSERT_TRUE(database->write(
        [](Transaction& t) { return t.script("create table t (a bigint); insert into t values (7)"); }));
    EXPECT_TRUE(std::filesystem::exists(directory / "a.sqlite-wal"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory / "a.sqlite-wal"));
  const auto database = open(options).value();
  EXPECT_EQ(database->read("select a from t")->front().integer(0), 7);
}

TEST(Sqlite, HidesItsFileFromOthers) {
  const ScratchFolder directory;
  const auto database = open({.path = directory / "a.sqlite"}).value();
  EXPECT_EQ(std::filesystem::status(directory / "a.sqlite").permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

TEST(Sqlite, SaysThatAFileIsNoDatabase) {
  const ScratchFolder directory;
  std::ofstream(directory / "a.sqlite") << std::string(8192, 'x');
  const auto database = open({.path = directory / "a.sqlite"});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::internal);
  EXPECT_NE(database.error().what.find("damaged"), std::string::npos) << database.error().message();
}

TEST(Sqlite, LooksAtTheFileOfAnotherProgramAndLeavesItAsItIs) {
  const ScratchFolder directory;
  const std::filesystem::path path = directory / "a.sqlite";
  EXPECT_EQ(open_to_look(path).error().code, Errc::unavailable);
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(open({.path = path}).value()->write([](Transaction& t) {
    return t.script("create table t (a bigint); insert into t values (7)");
  }));
  // Bytes 18 and 19 of the file are 1 where its journal is a rollback journal, as others have it (SQLite file format
  // §1.3).
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(18).write("\1\1", 2);
  const std::string before = read_file(path);
  {
    const auto database = open_to_look(path).value();
    EXPECT_EQ(database->read("select a from t")->front().integer(0), 7);
    EXPECT_EQ(database->begin(Access::write).error().code, Errc::internal);
  }
  EXPECT_EQ(read_file(path), before);
}

TEST(Sqlite, ReadersDoNotWaitForTheWriter) {
  const ScratchFolder directory;
  const auto database = open({.path = directory / "a.sqlite"}).value();
  ASSERT_TRUE(database->write([](Transaction& t) { return t.script("create table t (a bigint)"); }));
  const auto writer = database->begin(Access::write).value();
  ASSERT_TRUE(writer->query("insert into t values (1)"));
  EXPECT_EQ(database->read("select count(*) from t")->front().integer(0), 0);
  ASSERT_TRUE(writer->commit());
  EXPECT_EQ(database->read("select count(*) from t")->front().integer(0), 1);
}

TEST(Sqlite, SaysFullWhenTheFileMayNotGrow) {
  const ScratchFolder directory;
  const auto database = open({.path = directory / "a.sqlite"}).value();
  const Result<> refused = database->write([](Transaction& t) -> Result<> {
    TRY(t.script("create table t (a blob); pragma max_page_count = 8"));
    TRY(t.query("insert into t values (zeroblob(100000))"));
    return {};
  });
  EXPECT_EQ(refused.error().code, Errc::full);
  EXPECT_TRUE(database->probe());
}

TEST(Sqlite, CopiesADatabaseThatIsWritten) {
  const ScratchFolder directory;
  const auto database = open({.path = directory / "a.sqlite"}).value();
  ASSERT_TRUE(
      database->write([](Transaction& t) { return t.script("create table t (a bigint); insert into t values (7)"); }));
  // In the middle of a transaction, and with all of it in the log only: what `cp` of the file loses.
  const auto under_way = database->begin(Access::write).value();
  ASSERT_TRUE(under_way->query("insert into t values (8)"));
  const Result<> copied = copy(directory / "a.sqlite", directory / "copy", "");
  ASSERT_TRUE(copied) << copied.error().message();
  ASSERT_TRUE(under_way->commit());
  EXPECT_FALSE(std::filesystem::exists(directory / "copy-wal"));
  const auto rows = open({.path = directory / "copy"}).value()->read("select a from t").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].integer(0), 7);
}

TEST(Sqlite, CopiesNoDamagedDatabase) {
  const ScratchFolder directory;
  const std::filesystem::path path = directory / "a.sqlite";
  ASSERT_TRUE(open({.path = path}).value()->write([](Transaction& t) {
    return t.script("create table t (a text); insert into t values (hex(zeroblob(20000)))");
  }));
  // A page in the middle, so that the file can be opened.
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(5 * 4096L).write("\xff\xff\xff\xff", 4);
  const Result<> copied = copy(path, directory / "copy", "restore the last good backup");
  ASSERT_FALSE(copied);
  EXPECT_NE(copied.error().what.find("restore the last good backup"), std::string::npos) << copied.error().message();
}

}  // namespace
}  // namespace dmw::db::sqlite
