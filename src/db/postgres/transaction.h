// A transaction on one connection of the pool.
#pragma once

#include <optional>

#include "db/database.h"
#include "db/pool.h"
#include "db/postgres/connection.h"

namespace dmw::db::postgres {

class PostgresTransaction final : public Transaction {
 public:
  using Lease = Pool<Connection>::Lease;

  /// `lease` holds a connection on which the transaction has begun.
  PostgresTransaction(Lease lease, Access access) : lease_(std::move(lease)), access_(access) {}
  PostgresTransaction(const PostgresTransaction&) = delete;
  PostgresTransaction& operator=(const PostgresTransaction&) = delete;
  ~PostgresTransaction() override;

  Result<Rows> query(std::string_view sql, const Values& parameters) override;
  Result<Rows> bulk(std::string_view sql, const Batch& batch, const Values& parameters) override;
  Result<std::vector<std::int64_t>> reserve_ids(std::string_view table, std::size_t count) override;
  Result<> script(std::string_view sql) override;
  Result<> commit() override;

 private:
  Result<Rows> run(const std::string& sql, const Parameters& parameters);
  Result<Answer> keep(Result<Answer> answer);

  Lease lease_;
  Access access_;
  std::optional<Error> failed_;  // the first error: the server refuses everything after it
};

}  // namespace dmw::db::postgres
