// The command `help`: prints the same as `--help` after a command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace dmw::app {

/// `words` name a command below `root`; without words all commands. Errors: invalid (there is no such command).
Result<std::string> help_text(const CLI::App& root, const std::vector<std::string>& words);

/// The sentence about a word after a group of commands that is not a command, such as `studies lst`. Nullopt if the
/// error has another cause.
std::optional<std::string> no_such_command(const CLI::App& root, const std::vector<std::string>& typed);

}  // namespace dmw::app
