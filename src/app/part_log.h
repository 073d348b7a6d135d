// PartLog: a line in the log when a part of the program is not well any more, when the cause of that is another one,
// and when it is well again, in a sentence for the person who reads along. It is given what /ready says, and asks
// nobody.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/parts.h"
#include "base/causes.h"
#include "base/clock.h"

namespace dmw::app {

/// One thread.
class PartLog {
 public:
  /// It outlives the log.
  explicit PartLog(const Clock& clock) : clock_(clock) {}

  /// About each second. A part that only suffers from the trouble of another one is not told of. The catalog, Kafka and
  /// an inbox that takes nothing in are told by those who watch them, with what only they know.
  void look(const std::vector<api::PartState>& parts);

 private:
  struct Trouble {
    Monotonic noticed_at;
    Monotonic its_own_since;  // it was not explained by another part
    Causes told{};
  };

  void note(const api::PartState& part, bool is_explained);
  void note_well(const std::string& name);

  const Clock& clock_;
  std::map<std::string, Trouble> troubles_;
};

}  // namespace dmw::app
