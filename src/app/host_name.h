// The name of this machine, for other installations.
#pragma once

#include <string>

#include <unistd.h>

namespace dmw::app {

inline std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return name;
}

}  // namespace dmw::app
