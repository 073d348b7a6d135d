// Dead letters: files and requests that failed for good, their events, and the decisions of people about them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"
#include "model/dead_letter.h"
#include "model/event.h"
#include "model/request.h"

namespace dmw::catalog {

/// A new dead letter.
struct Burial {
  DeadLetter letter;
  std::optional<RequestClaim> claim;  // of the request that fails for good with it
};

struct DeadLetterFilter {
  std::optional<DeadLetterState> state{};
  std::string cause{};
  std::string stage{};
  std::string source{};
  std::string study{};               // Study Instance UID
  std::optional<MicrosUtc> since{};  // of the last failure; inclusive
  std::optional<MicrosUtc> until{};  // exclusive
  std::int64_t after_number = 0;
  std::size_t limit = 100;
};

/// Makes the event of a letter in its present state; the number of failures is part of it.
using Tell = std::function<Event(const DeadLetter& letter)>;

class DeadLetters {
 public:
  explicit DeadLetters(db::Database& database) : database_(database) {}

  /// Writes the letters and their events in one transaction. For a letter that is open already, only the number of
  /// attempts rises, and no event is written. So a crash between this and the inbox changes nothing. Returns the
  /// letters that got an event. Errors: stale (a claim has another holder; nothing is written).
  Result<std::vector<DeadLetter>> bury(std::span<const Burial> burials, const Tell& tell);

  Result<std::optional<DeadLetter>> get(const std::string& id_or_number);
  Result<std::vector<DeadLetter>> list(const DeadLetterFilter& filter);
  /// Changes the state. Nothing if the letter is not in the state `from`.
  Result<> change_state(const Uuid& id, DeadLetterState from, DeadLetterState to);
  /// The same in a transaction of the caller.
  static Result<> change_state(db::Transaction& transaction, const Uuid& id, DeadLetterState from, DeadLetterState to);
  /// Discards open and replaying letters with the reason, each with a row in the audit. Returns the numbers of the
  /// discarded ones.
  Result<std::vector<std::int64_t>> discard(std::span<const std::int64_t> numbers, const std::string& reason,
                                            const std::string& actor);
  /// The number of open letters by stage; a stage without any is absent.
  Result<std::map<Stage, std::int64_t>> count_open();

 private:
  db::Database& database_;
};

/// Closes the open dead letters of stage fetch of these resources, because they arrived in another way. `advice`
/// becomes their advice. Returns their numbers.
Result<std::vector<std::int64_t>> close_arrived(db::Transaction& transaction, const std::set<std::string>& resources,
                                                const std::string& advice);

}  // namespace dmw::catalog
