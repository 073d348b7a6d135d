// What this build is.
#pragma once

#include <string>

namespace dmw::app {

/// "0.1.0 (a1b2c3d)".
std::string version();
/// "0.1.0".
std::string version_number();
/// "a1b2c3d"; empty where it was not built from a checkout.
std::string commit();

}  // namespace dmw::app
