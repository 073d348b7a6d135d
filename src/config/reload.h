// Reload of settings (`reload`, SIGHUP): the settings that change in the running program, and those that wait for a
// restart.
#pragma once

#include <string>
#include <vector>

#include "config/load.h"

namespace dmw::config {

/// A displayed value; empty: not set.
struct Replaced {
  std::string name;
  std::string before;
  std::string after;
};

/// The names of changed settings, in the order of the table.
struct Changes {
  std::vector<std::string> live;           // in force from now on
  std::vector<std::string> after_restart;  // everything else
  std::vector<std::string> read_again;     // the same path as before; the content of the file was read again
  std::vector<Replaced> replaced;          // changed values in force, without changed secrets
};

/// Copies the live settings of `again` to `in_force`. The other changed settings are only reported, at each reload.
/// Errors: invalid (the result would be contradictory; nothing is changed then), with a line for each problem.
Result<Changes> take(Loaded& in_force, const Loaded& again);

}  // namespace dmw::config
