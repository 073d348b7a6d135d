// PartLog: logs when a part gets into trouble, when the cause changes, and when the trouble is over.
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

  /// Call it about every second. Not logged: parts whose trouble is explained by another part, and parts that log by
  /// themselves.
  void look();

 private:
  struct Trouble {
    Monotonic noticed_at;
    Monotonic its_own_since;  // time since its trouble is not explained by another part
    Causes told{};
  };

  void note(const PartTraits& traits, const PartState& state, bool is_explained);
  void note_well(const std::string& name);

  const PartList& parts_;
  const Clock& clock_;
  std::map<std::string, Trouble> troubles_;
};

}  // namespace dmw::app
