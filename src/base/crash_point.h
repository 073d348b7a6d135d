// crash_point("name"): a place where tests kill the program as hard as a power cut of the process does.
// `DMW_CRASH_AT=<name>:<n>` sends SIGKILL to ourselves at the n-th passage; without the variable it costs one load.
#pragma once

#include <string_view>

namespace dmw {

void crash_point(std::string_view point);

}  // namespace dmw
