// PostgreSQL behind db::Database: libpq, one pool of connections, prepared statements, every wait bounded.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "db/database.h"

namespace dmw::db::postgres {

struct Options {
  std::string url;  ///< postgresql://…, as libpq takes it (facts: PostgreSQL 15 §34.1.1)
  std::size_t connections_max = 12;
  /// The limit for a server that is frozen but still connected; in the server, the limit for a transaction whose client
  /// is frozen.
  std::chrono::seconds statement_timeout{30};
  std::chrono::seconds pool_timeout{10};                ///< how long begin() waits for a free connection
  std::chrono::milliseconds exclusive_patience{1'000};  ///< how long exclusively() waits for its lock
};

/// Opens no connection yet; an unreachable server is noticed at the first begin().
/// Errors: invalid (the URL is not one).
Result<std::unique_ptr<Database>> open(const Options& options);

}  // namespace dmw::db::postgres
