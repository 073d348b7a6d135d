// Dead letters: what was set aside for good, with its event, and what people then do with it.
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

/// What is to be set aside.
struct Burial {
  DeadLetter letter;
  std::optional<RequestClaim> claim;  // on the request that has failed for good with it
};

struct DeadLetterFilter {
  std::optional<DeadLetterState> state{};
  std::string cause{};
  std::string stage{};
  std::string source{};
  std::string study{};               // Study Instance UID
  std::optional<MicrosUtc> since{};  // of its last failure; this moment belongs to it
  std::optional<MicrosUtc> until{};  // this one does not
  std::int64_t after_number = 0;
  std::size_t limit = 100;
};

/// Makes the event that tells of a letter as it stands now: how often it failed is part of it.
using Tell = std::function<Event(const DeadLetter& letter)>;

class DeadLetters {
 public:
  explicit DeadLetters(db::Database& database) : database_(database) {}

  /// One transaction with the events. One that is open already is counted once more and told no second time, so that a
  /// crash between this and the inbox changes nothing.
  /// Returns those that were told. Errors: stale (a claim is no longer its holder's; nothing is buried then).
  Result<std::vector<DeadLetter>> bury(std::span<const Burial> burials, const Tell& tell);

  Result<std::optional<DeadLetter>> get(const std::string& id_or_number);
  Result<std::vector<DeadLetter>> list(const DeadLetterFilter& filter);
  /// Nothing when it is not in the state `from` (any more).
  Result<> change_state(const Uuid& id, DeadLetterState from, DeadLetterState to);
  /// The same inside a transaction of the caller's.
  static Result<> change_state(db::Transaction& transaction, const Uuid& id, DeadLetterState from, DeadLetterState to);
  /// open or replaying -> discarded, with the reason, each audited. Returns the numbers of those that were one of the
  /// two.
  Result<std::vector<std::int64_t>> discard(std::span<const std::int64_t> numbers, const std::string& reason,
                                            const std::string& actor);
  /// How many of each stage are open; a stage without one is left out.
  Result<std::map<Stage, std::int64_t>> count_open();

 private:
  db::Database& database_;
};

/// Closes the open dead letters of stage fetch of these resources: they have come by another way. `advice` is what they
/// say from then on. Returns their numbers.
Result<std::vector<std::int64_t>> close_arrived(db::Transaction& transaction, const std::set<std::string>& resources,
                                                const std::string& advice);

}  // namespace dmw::catalog
