// What this build is.
#pragma once

#include <string>

namespace dmw::app {

/// "0.1.0 (a1b2c3d)".
std::string version();
/// "0.1.0".
std::string version_number();
/// "a1b2c3d", of the checkout when it was built (cmake/commit.cmake); empty where that was none.
std::string commit();

}  // namespace dmw::app
