// The parts of a running serve that are not ok.
#include <string>
#include <string_view>

#include "app/doctor/checks.h"
#include "base/format.h"

namespace dmw::app::doctor {
namespace {

constexpr const char* if_not_well =
    "correct the named problem; serve then continues by itself. After a password change run dicom-middleware reload. "
    "docs/operations/health.md";

/// Whether the trouble of the part is fully explained by other parts.
bool waits(const json::object& part) {
  const json::value* const others = part.if_contains("waits_for");
  return others != nullptr && others->is_array() && !others->get_array().empty();
}

}  // namespace

std::vector<Complaint> complaints(const Situation& situation) {
  const json::value* const parts = situation.serve ? situation.serve->if_contains("parts") : nullptr;
  if (parts == nullptr || !parts->is_array()) return {};
  std::vector<Complaint> all;
  for (const json::value& one : parts->get_array()) {
    if (!one.is_object() || waits(one.get_object())) continue;
    const std::string part = json::get_string(one.get_object(), "name").value_or("");
    const std::string state = json::get_string(one.get_object(), "state").value_or("");
    if (state != "degraded" && state != "down") continue;
    const std::string reason = json::get_string(one.get_object(), "reason").value_or("");
    all.push_back({part, problem(format("serve says {} {}: {}", part, state, reason), if_not_well)});
  }
  return all;
}

}  // namespace dmw::app::doctor
