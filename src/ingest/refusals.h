// Refusals: instances that the catalog refuses one by one, though it takes a known-good one. Whose fault that is shows
// in time: a rule of the database that refuses several instances is not the fault of each of them.
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
  /// Whether `item`, refused alone for `why`, may be set aside for good. A value that does not fit its column (`data`)
  /// is its own. What a rule refuses waits: for good only when this process has tried it often enough and no other
  /// instance is refused by the same rule. After a restart it counts anew, since who else is refused is not known yet.
  bool is_its_own(const SpooledInstance& item, const Error& why);
  /// They are recorded or set aside: nothing refuses them any more.
  void forget(std::span<const SpooledInstance> items);
  /// What /ready says while instances wait because of a rule: how many, and the rule.
  std::optional<std::string> words() const;

 private:
  static constexpr int tries_min = 3;
  static constexpr std::size_t remembered_max = 10'000;

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::map<std::int64_t, int>>
      by_rule_;  // tries by number in the inbox, by what the database says
};

}  // namespace dmw::ingest
