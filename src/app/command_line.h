// The command line: names, options and exit codes of all commands. Data go to stdout, messages to stderr.
#pragma once

namespace dmw::app {

/// 0 done, 1 failed, 2 usage or configuration, 3 ran and found problems.
enum ExitCode : int { exit_done = 0, exit_failed = 1, exit_usage = 2, exit_problems = 3 };

int run(int argc, char** argv);

}  // namespace dmw::app
