// What a running program can take of settings that were read again (SIGHUP), and what waits for its next start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace dmw::config {

/// Names of settings with another value than before, in the order of the table. A secret that changed is not among
/// them: its value is not kept.
struct Changes {
  std::vector<std::string> live;           // in force without a restart: settling
  std::vector<std::string> after_restart;  // everything else
};

/// Whether a running program takes a change of this setting.
bool is_live(std::string_view name);

Changes changes(const Loaded& before, const Loaded& after);

}  // namespace dmw::config
