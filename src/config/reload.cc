#include "config/reload.h"

#include <map>

namespace dmw::config {

bool is_live(std::string_view name) {
  return name.starts_with("SETTLE_") || name.starts_with("settle.");
}

Changes changes(const Loaded& before, const Loaded& after) {
  std::map<std::string, std::string> old;
  for (const Shown& shown : before.values) old[shown.name] = shown.value;
  Changes found;
  const auto note = [&](const std::string& name) {
    (is_live(name) ? found.live : found.after_restart).push_back(name);
  };
  for (const Shown& shown : after.values) {
    const auto was = old.find(shown.name);
    if (was == old.end() || was->second != shown.value) note(shown.name);
    if (was != old.end()) old.erase(was);
  }
  for (const auto& [name, value] : old) note(name);
  return found;
}

}  // namespace dmw::config
