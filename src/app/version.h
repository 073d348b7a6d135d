// What this build is.
#pragma once

#include <string>

namespace dmw::app {

/// "0.1.0 (a1b2c3d)".
std::string version();

}  // namespace dmw::app
