// A start with an empty directory in place of the store, while the catalog cannot be asked: only the catalog knows
// whether the volume of the store is not mounted, or a new installation begins. Needs the PostgreSQL that
// DMW_TEST_POSTGRES names, with the right to create databases.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands.h"
#include "app/gateway.h"
#include "base/format.h"
#include "base/uuid.h"
#include "config/test_folder.h"

namespace dmw::app {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// The database of the catalog is away while it has another name.
class StartWithoutAStore : public testing::Test {
 protected:
  void SetUp() override {
    const char* const url = std::getenv("DMW_TEST_POSTGRES");
    ASSERT_NE(url, nullptr) << "set DMW_TEST_POSTGRES to the URL of a PostgreSQL server";
    const std::string server(url);
    config::Sources sources = folder_.sources;
    sources.flags = {{"DATABASE_URL", server.substr(0, server.rfind('/') + 1) + name_},
                     {"STORAGE_PATH", store().string()},
                     {"INBOX_PATH", (folder_.sources.directory / "inbox").string()},
                     {"CONTROL_SOCKET", (folder_.sources.directory / "socket").string()},
                     {"DISK_RESERVE_GIB", "0"}};
    settings_ = load_settings(sources).value().settings;
    fs::create_directory(store());
  }
  void TearDown() override {
    for (const std::string& name : {name_, name_ + "_away"}) run("drop database if exists " + name + " with (force)");
  }
  /// Statements about databases do not run in a transaction.
  void run(const std::string& sql) const {
    const std::string command = format("psql -XAtqd '{}' -c '{}' >/dev/null", std::getenv("DMW_TEST_POSTGRES"), sql);
    ASSERT_EQ(std::system(command.c_str()), 0) << sql;
  }
  void take_catalog_away() const { run(format("alter database {0} rename to {0}_away", name_)); }
  void bring_catalog_back() const { run(format("alter database {0}_away rename to {0}", name_)); }
  fs::path store() const { return folder_.sources.directory / "store"; }
  fs::path mounted() const { return folder_.sources.directory / "mounted"; }

  const std::string name_ = "late_" + Uuid::random().text().substr(0, 8);
  const config::TestFolder folder_;
  config::Settings settings_;
};

TEST_F(StartWithoutAStore, WaitsForTheStoreThatTheCatalogKnows) {
  run("create database " + name_);
  ASSERT_TRUE(Gateway::open(settings_).value()->open_catalog());
  fs::rename(store(), mounted());
  fs::create_directory(store());
  take_catalog_away();

  const std::unique_ptr<Gateway> gateway = Gateway::open(settings_).value();
  EXPECT_FALSE(gateway->open_catalog());
  EXPECT_TRUE(fs::is_empty(store())) << "nothing is made below the mount point";
  bring_catalog_back();
  EXPECT_FALSE(gateway->open_catalog());
  EXPECT_THAT(gateway->catalog_state().reason, HasSubstr("mount its volume"));
  EXPECT_TRUE(fs::is_empty(store()));
  EXPECT_FALSE(gateway->store_refused()) << "it waits, and ends nothing";
  fs::remove(store());
  fs::rename(mounted(), store());
  EXPECT_TRUE(gateway->open_catalog()) << gateway->catalog_state().reason;
}

TEST_F(StartWithoutAStore, MakesOneOnceTheCatalogBelongsToNone) {
  const std::unique_ptr<Gateway> gateway = Gateway::open(settings_).value();
  EXPECT_FALSE(gateway->open_catalog());
  EXPECT_TRUE(fs::is_empty(store()));
  run("create database " + name_);
  EXPECT_TRUE(gateway->open_catalog()) << gateway->catalog_state().reason;
  EXPECT_TRUE(fs::exists(store() / "store_id"));
}

}  // namespace
}  // namespace dmw::app
