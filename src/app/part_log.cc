#include "app/part_log.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "base/log.h"
#include "base/words.h"

namespace dmw::app {
namespace {

using State = api::PartState::State;

/// Who depends on another part notices its end sooner, and its return later, than the watch of that part.
constexpr std::chrono::seconds patience_with_others{5};

struct Bond {
  std::string_view part;
  std::vector<std::string_view> depends_on;
};

const Bond* bond_of(std::string_view part) {
  static const std::vector<Bond> bonds = {{"lanes", {"catalog", "store"}},
                                          {"orthanc", {"catalog", "inbox"}},
                                          {"folder", {"catalog", "inbox"}},
                                          {"dimse", {"inbox"}},
                                          {"stow", {"inbox"}},
                                          {"import", {"inbox"}}};
  const auto found = std::ranges::find(bonds, part, &Bond::part);
  return found == bonds.end() ? nullptr : &*found;
}

bool is_well(const api::PartState& part) {
  return part.state == State::ok || part.state == State::off;
}

bool is_told_elsewhere(const api::PartState& part) {
  if (part.name == "inbox") return part.state == State::down;
  // Its throttle tells of a limit.
  if (part.name == "orthanc") return part.reason.starts_with("limited by ");
  return part.name == "catalog" || part.name == "broker";
}

std::string sentence_of(const api::PartState& part) {
  const bool is_tried_again = part.name == "store" || part.name == "orthanc" || part.name == "lanes";
  return is_tried_again ? part.reason + "; retrying" : part.reason;
}

}  // namespace

void PartLog::look(const std::vector<api::PartState>& parts) {
  const auto is_in_trouble = [&](std::string_view name) {
    const auto part = std::ranges::find(parts, name, &api::PartState::name);
    return part != parts.end() && !is_well(*part);
  };
  for (const api::PartState& part : parts) {
    if (is_told_elsewhere(part)) continue;
    if (is_well(part)) {
      note_well(part.name);
      continue;
    }
    const Bond* const bond = bond_of(part.name);
    note(part, bond != nullptr && std::ranges::any_of(bond->depends_on, is_in_trouble));
  }
}

void PartLog::note(const api::PartState& part, bool is_explained) {
  const Monotonic now = clock_.monotonic();
  Trouble& trouble = troubles_.try_emplace(part.name, Trouble{.noticed_at = now, .its_own_since = now}).first->second;
  if (is_explained) {
    trouble.its_own_since = now;
    return;
  }
  if (bond_of(part.name) != nullptr && now - trouble.its_own_since < patience_with_others) return;
  if (!trouble.told.is_new(part.reason)) return;
  log::warning({part.state == State::down ? "part_down" : "part_degraded", part.name}, sentence_of(part),
               {{"part", part.name}, {"state", api::name(part.state)}, {"reason", part.reason}});
}

void PartLog::note_well(const std::string& name) {
  const auto found = troubles_.find(name);
  if (found == troubles_.end()) return;
  const auto lasted = std::chrono::floor<std::chrono::seconds>(clock_.monotonic() - found->second.noticed_at);
  if (!found->second.told.empty()) {
    log::info({"part_back", name}, "back after " + in_words(lasted),
              {{"part", name}, {"away_seconds", lasted.count()}});
  }
  troubles_.erase(found);
}

}  // namespace dmw::app
