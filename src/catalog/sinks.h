// Sinks: which readers of the event log there are, how far each has got, and which of them say what is published. Each
// program writes at its start which ones it has; a row that no program has any more stands aside until it is dropped.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "model/event.h"

namespace dmw::catalog {

/// A sink of one topic, as the settings have it.
struct SinkTerms {
  std::string name;
  Topic topic = Topic::metadata;
  bool is_required = true;  ///< an event of its topic is published once it has it, and no event goes before
  bool begins_now = false;  ///< a new one begins behind the last event; otherwise with the first that is kept
};

/// As an expression of SQL: the position up to which studies are published. That is the lowest position of the
/// required sinks of their topic that are configured; NULL where there is none: then what is written is published.
inline constexpr std::string_view published_position =
    "(select min(position) from sinks where topic = 1 and required and configured)";

/// Makes the row of a sink unless there is one.
Result<> make_sink(db::Transaction& transaction, const SinkTerms& sink);
/// From now on these are the sinks that `holder`, a program that starts, has: their rows say their terms. Others are
/// configured no longer, unless another holder has a lease on them that is in force. Returns the names of these.
Result<std::vector<std::string>> declare_sinks(db::Database& database, const std::vector<SinkTerms>& sinks,
                                               const std::string& holder);
/// While a program runs: the sinks that it does not have, and that nobody has had a lease on for a minute by the clock
/// of the database, are configured no longer. Returns their names.
Result<std::vector<std::string>> retire_sinks(db::Database& database, const std::vector<SinkTerms>& configured);

struct DroppedSinks {
  std::vector<std::string> names;
  std::optional<Error> why{};  // of the first that the database does not let go
};
/// Drops the sinks other than `configured` (may be empty) that nobody has had a lease on for so long, by the clock of
/// the database and by `now`: the event log waits for them no longer.
Result<DroppedSinks> drop_idle_sinks(db::Database& database, const std::vector<SinkTerms>& configured, MicrosUtc now,
                                     std::chrono::microseconds idle);

/// All required sinks of the events of studies have those up to this position, also those that are configured no
/// longer: one that comes back goes on where it was. Without such a sink it is that of the newest event.
Result<std::int64_t> delivered_position(db::Database& database);
/// Where a sink stands; nothing when it was never taken.
Result<std::optional<std::int64_t>> sink_position(db::Database& database, const std::string& sink);
/// How many events a sink has not got and will not get, since it has its row.
Result<std::int64_t> passed_over(db::Database& database, const std::string& sink);

}  // namespace dmw::catalog
