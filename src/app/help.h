// The command `help`: what `--help` behind the same command prints.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace dmw::app {

/// `words` name a command below `root`, none: all of them. Errors: invalid, where there is no such command.
Result<std::string> help_text(const CLI::App& root, const std::vector<std::string>& words);

}  // namespace dmw::app
