// Sinks: the readers of the event log, their positions, and which of them define "published". Each program writes its
// sinks at its start. A sink that no program has any more does not count, and its row is deleted later.
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

/// A sink of one topic, as configured.
struct SinkTerms {
  std::string name;
  Topic topic = Topic::metadata;
  bool is_required =
      true;  ///< an event of its topic is published only when it has the event, and is not deleted before
  bool begins_now = false;  ///< a new one begins after the last event; otherwise with the first one in the log
};

/// An SQL expression: the position up to which studies are published. It is the lowest position of the configured
/// required sinks of their topic. NULL if there is none; then an event is published when it is written.
inline constexpr std::string_view published_position =
    "(select min(position) from sinks where topic = 1 and required and configured)";

/// Creates the row of a sink if there is none.
Result<> make_sink(db::Transaction& transaction, const SinkTerms& sink);
/// For the start of the program `holder`: writes its sinks with their terms. Other sinks are no longer configured,
/// unless another holder has a valid lease on them. Returns the names of the sinks that are no longer configured.
Result<std::vector<std::string>> declare_sinks(db::Database& database, const std::vector<SinkTerms>& sinks,
                                               const std::string& holder);
/// For a running program: sinks that it does not have, and whose lease expired more than a minute ago by the clock of
/// the database, are no longer configured. Returns their names.
Result<std::vector<std::string>> retire_sinks(db::Database& database, const std::vector<SinkTerms>& configured);

struct DroppedSinks {
  std::vector<std::string> names;
  std::optional<Error> why{};  // error of the first one that the database refuses to delete
};
/// Deletes the sinks other than `configured` (may be empty) whose lease expired long enough ago, both by the clock of
/// the database and by `now`. The event log then no longer waits for them.
Result<DroppedSinks> drop_idle_sinks(db::Database& database, const std::vector<SinkTerms>& configured, MicrosUtc now,
                                     std::chrono::microseconds idle);

/// The position up to which all required sinks have the events of studies. Sinks that are no longer configured count
/// too, because they continue at their position if they are configured again. Without such a sink it is the newest
/// position.
Result<std::int64_t> delivered_position(db::Database& database);
/// The position of a sink; nullopt if it was never taken.
Result<std::optional<std::int64_t>> sink_position(db::Database& database, const std::string& sink);
/// The number of events that were skipped for a sink since its row was created.
Result<std::int64_t> passed_over(db::Database& database, const std::string& sink);

}  // namespace dmw::catalog
