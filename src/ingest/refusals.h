// Refusals: instances that the catalog refuses although it accepts a known-good one. If a rule of the database refuses
// several instances, the rule is wrong, not each of the instances.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "model/spooled_instance.h"

namespace dmw::ingest {

/// Any thread.
class Refusals {
 public:
  /// Whether `item`, refused alone for `why`, may become a dead letter. Yes if a value does not fit its column
  /// (`data`). An item that a rule refuses waits: it becomes a dead letter only after enough tries of this process, and
  /// if no other instance is refused by the same rule. After a restart the tries are counted again, because the other
  /// refused instances are not known yet.
  bool is_its_own(const SpooledInstance& item, const Error& why);
  /// The items are recorded or dead letters: forgets them.
  void forget(std::span<const SpooledInstance> items);
  /// The sentence for /ready while instances wait because of a rule: their number, and the rule.
  std::optional<std::string> words() const;

 private:
  static constexpr int tries_min = 3;
  static constexpr std::size_t remembered_max = 10'000;

  mutable std::mutex mutex_;  // guards the members below
  std::map<std::string, std::map<std::int64_t, int>>
      by_rule_;  // by the sentence of the database: the tries of each item, by number in the inbox
};

}  // namespace dmw::ingest
