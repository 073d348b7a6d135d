// PartLog: a line in the log when a part of the program is not well any more, when the cause of that is another one,
// and when it is well again, in a sentence for the person who reads along.
#pragma once

#include <map>
#include <string>

#include "base/causes.h"
#include "base/clock.h"
#include "part/part_list.h"

namespace dmw::app {

/// One thread.
class PartLog {
 public:
  /// Both outlive the log.
  PartLog(const PartList& parts, const Clock& clock) : parts_(parts), clock_(clock) {}

  /// About each second. A part that only suffers from the trouble of another one is not told of, nor one that writes
  /// its own lines.
  void look();

 private:
  struct Trouble {
    Monotonic noticed_at;
    Monotonic its_own_since;  // it was not explained by another part
    Causes told{};
  };

  void note(const PartTraits& traits, const PartState& state, bool is_explained);
  void note_well(const std::string& name);

  const PartList& parts_;
  const Clock& clock_;
  std::map<std::string, Trouble> troubles_;
};

}  // namespace dmw::app
