// crash_point("name"): a place in the program where a test makes the process fail. Without a variable it does nothing.
//
//   DMW_CRASH_AT=<name>:<n>       the n-th passage sends SIGKILL to the process, which ends as in a power cut
//   DMW_FREEZE_AT=<name>:<n>      the n-th passage sends SIGSTOP to the process, which hangs until a SIGCONT
//   DMW_DELAY_AT=<name>:<n>:<ms>  each passage from the n-th on holds its own thread for so many milliseconds
//
// `n` is 1 where it is left out. Each variable names one point; the three may be set together.
#pragma once

#include <string_view>

namespace dmw {

/// Any thread.
void crash_point(std::string_view point);

}  // namespace dmw
