#include "db/sqlite/sqlite.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "db/contract.h"

namespace dmw::db::sqlite {
namespace {

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "dmw-sqlite-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class OpenedSqlite final : public Opened {
 public:
  Database& database() override { return *database_; }

 private:
  Directory directory_;
  std::unique_ptr<Database> database_ = open({.path = directory_.path() / "deep" / "catalog.sqlite"}).value();
};

INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseContract, ::testing::Values([] { return std::make_unique<OpenedSqlite>(); }));

TEST(Sqlite, KeepsCommittedRowsWhenItIsOpenedAgain) {
  const Directory directory;
  const Options options{.path = directory.path() / "a.sqlite"};
  {
    const auto database = open(options).value();
    ASSERT_TRUE(database->write(
        [](Transaction& t) { return t.script("create table t (a bigint); insert into t values (7)"); }));
    EXPECT_TRUE(std::filesystem::exists(directory.path() / "a.sqlite-wal"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "a.sqlite-wal"));
  const auto database = open(options).value();
  EXPECT_EQ(database->read("select a from t")->front().integer(0), 7);
}

TEST(Sqlite, HidesItsFileFromOthers) {
  const Directory directory;
  const auto database = open({.path = directory.path() / "a.sqlite"}).value();
  EXPECT_EQ(std::filesystem::status(directory.path() / "a.sqlite").permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

TEST(Sqlite, SaysThatAFileIsNoDatabase) {
  const Directory directory;
  std::ofstream(directory.path() / "a.sqlite") << std::string(8192, 'x');
  const auto database = open({.path = directory.path() / "a.sqlite"});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::internal);
  EXPECT_NE(database.error().what.find("damaged"), std::string::npos) << database.error().message();
}

TEST(Sqlite, ReadersDoNotWaitForTheWriter) {
  const Directory directory;
  const auto database = open({.path = directory.path() / "a.sqlite"}).value();
  ASSERT_TRUE(database->write([](Transaction& t) { return t.script("create table t (a bigint)"); }));
  const auto writer = database->begin(Access::write).value();
  ASSERT_TRUE(writer->query("insert into t values (1)"));
  EXPECT_EQ(database->read("select count(*) from t")->front().integer(0), 0);
  ASSERT_TRUE(writer->commit());
  EXPECT_EQ(database->read("select count(*) from t")->front().integer(0), 1);
}

TEST(Sqlite, SaysFullWhenTheFileMayNotGrow) {
  const Directory directory;
  const auto database = open({.path = directory.path() / "a.sqlite"}).value();
  const Result<> refused = database->write([](Transaction& t) -> Result<> {
    TRY(t.script("create table t (a blob); pragma max_page_count = 8"));
    TRY(t.query("insert into t values (zeroblob(100000))"));
    return {};
  });
  EXPECT_EQ(refused.error().code, Errc::full);
  EXPECT_TRUE(database->probe());
}

}  // namespace
}  // namespace dmw::db::sqlite
