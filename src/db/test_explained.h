// A database that asks the engine first how it is going to run each statement, so that a test can see what it reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "db/database.h"
#include "testing/away_database.h"

namespace dmw::db::testing {

/// What the statements of one act did.
struct Plans {
  std::int64_t pages_most = 0;    ///< PostgreSQL: that one of them touched, each time that it did
  std::vector<std::string> told;  ///< as the engine tells them
  std::string text() const {
    std::string all;
    for (const std::string& plan : told) all += plan + "\n";
    return all;
  }
};

class ExplainedTransaction final : public Transaction {
 public:
  ExplainedTransaction(std::unique_ptr<Transaction> real, Engine engine, Plans& plans)
      : real_(std::move(real)), engine_(engine), plans_(plans) {}

  /// On PostgreSQL it runs twice: a change changes nothing more the second time.
  Result<Rows> query(std::string_view sql, const Values& parameters) override {
    const bool explained = sql.starts_with("select") || sql.starts_with("update") || sql.starts_with("delete");
    if (explained) TRY(explain(sql, parameters));
    return real_->query(sql, parameters);
  }
  Result<Rows> bulk(std::string_view sql, const Batch& batch, const Values& parameters) override {
    return real_->bulk(sql, batch, parameters);
  }
  Result<std::vector<std::int64_t>> reserve_ids(std::string_view table, std::size_t count) override {
    return real_->reserve_ids(table, count);
  }
  Result<> script(std::string_view sql) override { return real_->script(sql); }
  Result<> commit() override { return real_->commit(); }

 private:
  Result<> explain(std::string_view sql, const Values& parameters) {
    const bool postgres = engine_ == Engine::postgres;
    std::string asked = postgres ? "explain (analyze, buffers, format json) " : "explain query plan ";
    const Rows rows = TRY(real_->query(asked.append(sql), parameters));
    if (!postgres) {
      for (const Row& row : rows) plans_.told.push_back(row.text(3));
      return {};
    }
    const json::object plan = boost::json::parse(rows.at(0).text(0)).at(0).at("Plan").as_object();
    const std::int64_t pages = plan.at("Shared Hit Blocks").as_int64() + plan.at("Shared Read Blocks").as_int64();
    plans_.pages_most = std::max(plans_.pages_most, pages);
    plans_.told.push_back(std::string(sql) + "\n" + rows.at(0).text(0));
    return {};
  }

  std::unique_ptr<Transaction> real_;
  Engine engine_;
  Plans& plans_;
};

class ExplainedDatabase final : public ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;

  Result<std::unique_ptr<Transaction>> begin(Access access) override {
    return std::make_unique<ExplainedTransaction>(TRY(ForwardingDatabase::begin(access)), engine(), plans);
  }

  Plans plans;
};

}  // namespace dmw::db::testing
