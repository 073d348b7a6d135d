// What a running serve says of its parts that are not well.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "app/doctor/checks.h"
#include "base/format.h"

namespace dmw::app::doctor {
namespace {

constexpr const char* if_not_well =
    "mend what it names; serve goes on by itself then. A password that was corrected it takes with dicom-middleware "
    "reload. docs/operations/health.md";

/// Why a part is not well, as /ready says it; empty: it is, or says nothing.
std::string reason_in(const json::value& parts, std::string_view part) {
  for (const json::value& one : parts.get_array()) {
    if (!one.is_object() || json::get_string(one.get_object(), "name") != part) continue;
    const std::string state = json::get_string(one.get_object(), "state").value_or("");
    const bool well = state == "ok" || state == "off";
    return well ? "" : json::get_string(one.get_object(), "reason").value_or("");
  }
  return "";
}

/// Whether a part has no other trouble than that of the catalog.
bool waits_for(const std::string& catalog, std::string_view part, std::string_view reason) {
  if (part == "catalog" || part == "store" || part == "inbox") return false;
  for (std::size_t at = 0; at <= reason.size();) {
    const std::size_t end = std::min(reason.find("; ", at), reason.size());
    if (!reason.substr(at, end - at).contains(catalog) && !catalog.contains(reason.substr(at, end - at))) return false;
    at = end + 2;
  }
  return true;
}

}  // namespace

Findings complaints(const Situation& situation, const std::function<bool(std::string_view part)>& is_meant) {
  const json::value* parts = situation.serve ? situation.serve->if_contains("parts") : nullptr;
  if (parts == nullptr || !parts->is_array()) return {};
  Findings findings;
  const std::string catalog = reason_in(*parts, "catalog");
  for (const json::value& one : parts->get_array()) {
    if (!one.is_object()) continue;
    const std::string part = json::get_string(one.get_object(), "name").value_or("");
    const std::string state = json::get_string(one.get_object(), "state").value_or("");
    if (!is_meant(part) || (state != "degraded" && state != "down")) continue;
    const std::string reason = json::get_string(one.get_object(), "reason").value_or("");
    // Who only waits for the catalog has no trouble of its own, and the catalog has a line.
    if (!catalog.empty() && waits_for(catalog, part, reason)) continue;
    findings.push_back(problem(format("serve says {} {}: {}", part, state, reason), if_not_well));
  }
  return findings;
}

}  // namespace dmw::app::doctor
