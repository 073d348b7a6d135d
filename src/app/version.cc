#include "app/version.h"

namespace dmw::app {

std::string version() {
  const std::string commit = DMW_COMMIT;
  return commit.empty() ? DMW_VERSION : std::string(DMW_VERSION) + " (" + commit + ")";
}

}  // namespace dmw::app
