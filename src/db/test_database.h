// Empty databases for contract tests: SQLite in a folder of its own, PostgreSQL in a schema of its own.
#pragma once

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include "base/format.h"
#include "db/database.h"
#include "db/postgres/postgres.h"
#include "db/sqlite/sqlite.h"
#include "testing/scratch_folder.h"

namespace dmw::db::testing {

/// An empty database and whatever has to live as long.
class Opened {
 public:
  virtual ~Opened() = default;
  virtual Database& database() = 0;
};
using Open = std::function<std::unique_ptr<Opened>()>;

class OpenedSqlite final : public Opened {
 public:
  Database& database() override { return *database_; }

 private:
  ScratchFolder folder_;
  std::unique_ptr<Database> database_ = sqlite::open({.path = folder_ / "deep" / "catalog.sqlite"}).value();
};

/// The server that DMW_TEST_POSTGRES names, where this user may create schemas.
inline std::string postgres_url() {
  const char* url = std::getenv("DMW_TEST_POSTGRES");
  if (url == nullptr) throw std::runtime_error("set DMW_TEST_POSTGRES to the URL of a PostgreSQL server");
  return url;
}

class PostgresSchema {
 public:
  PostgresSchema() {
    static std::atomic<int> made = 0;
    name_ = format("dmw_{}_{}", ::getpid(), ++made);
    run("create schema " + name_);
  }
  PostgresSchema(const PostgresSchema&) = delete;
  PostgresSchema& operator=(const PostgresSchema&) = delete;
  ~PostgresSchema() { run("drop schema " + name_ + " cascade"); }

  std::string url() const {
    const std::string url = postgres_url();
    return url + (url.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name_;
  }

 private:
  void run(const std::string& sql) {
    const Result<> done = server_->write([&](Transaction& transaction) { return transaction.script(sql); });
    if (!done) std::fprintf(stderr, "%s: %s\n", sql.c_str(), done.error().message().c_str());
  }

  std::unique_ptr<Database> server_ = postgres::open({.url = postgres_url()}).value();
  std::string name_;
};

class OpenedPostgres final : public Opened {
 public:
  Database& database() override { return *database_; }

 private:
  PostgresSchema schema_;
  std::unique_ptr<Database> database_ = postgres::open({.url = schema_.url()}).value();
};

}  // namespace dmw::db::testing
