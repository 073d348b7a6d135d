#include "app/version.h"

namespace dmw::app {

std::string version() {
  return commit().empty() ? version_number() : version_number() + " (" + commit() + ")";
}

std::string version_number() {
  return DMW_VERSION;
}

}  // namespace dmw::app
