#include "app/part_log.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "base/log.h"
#include "base/words.h"

namespace dmw::app {
namespace {

/// A part notices the outage of another part earlier, and its end later, than the watch of that part.
constexpr std::chrono::seconds patience_with_others{5};

}  // namespace

void PartLog::look() {
  std::set<std::string> in_trouble;
  for (const PartState& part : parts_.states()) {
    if (!part.well()) in_trouble.insert(part.name);
  }
  for (const Part* const part : parts_.parts()) {
    const std::optional<PartState> state = part->state_for_log();
    if (!state) continue;
    if (state->well()) {
      note_well(part->name());
      continue;
    }
    const auto explains = [&](const std::string& needed) { return in_trouble.contains(needed); };
    note(part->traits(), *state, std::ranges::any_of(part->traits().needs, explains));
  }
}

void PartLog::note(const PartTraits& traits, const PartState& state, bool is_explained) {
  const Monotonic now = clock_.monotonic();
  Trouble& trouble = troubles_.try_emplace(state.name, Trouble{.noticed_at = now, .its_own_since = now}).first->second;
  if (is_explained) {
    trouble.its_own_since = now;
    return;
  }
  if (!traits.needs.empty() && now - trouble.its_own_since < patience_with_others) return;
  if (!trouble.told.is_new(state.reason)) return;
  log::warning({state.state == PartState::State::down ? "part_down" : "part_degraded", state.name},
               traits.retries ? state.reason + "; retrying" : state.reason,
               {{"part", state.name}, {"state", dmw::name(state.state)}, {"reason", state.reason}});
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
