// The command `help`: what `--help` behind the same command prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace dmw::app {

/// `words` name a command below `root`, none: all of them. Errors: invalid, where there is no such command.
Result<std::string> help_text(const CLI::App& root, const std::vector<std::string>& words);

/// The word that was typed behind a group of commands, such as `studies lst`, and is none of them: what is said then.
/// Nothing where that is not what is wrong.
std::optional<std::string> no_such_command(const CLI::App& root, const std::vector<std::string>& typed);

}  // namespace dmw::app
