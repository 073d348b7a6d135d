// What a running program takes of settings that were read again (`reload`, SIGHUP), and what waits for its next start.
#pragma once

#include <string>
#include <vector>

#include "config/load.h"

namespace dmw::config {

/// A value as it may be shown; empty: not set.
struct Replaced {
  std::string name;
  std::string before;
  std::string after;
};

/// Names of settings with another value than those in force, in the order of the table.
struct Changes {
  std::vector<std::string> live;           // in force from now on
  std::vector<std::string> after_restart;  // everything else
  std::vector<std::string> read_again;     // the same path as before; what is in the file is taken as it is now
  std::vector<Replaced> replaced;          // of those in force; a secret that is another one is not among them
};

/// Puts into `in_force` what a running program takes of `again`; the rest of it stays, and so is named each time.
/// Errors: invalid (what it takes contradicts what stays; then nothing is changed), with a line for each problem.
Result<Changes> take(Loaded& in_force, const Loaded& again);

}  // namespace dmw::config
