#include "part/part_list.h"

#include <algorithm>
#include <iterator>

namespace dmw {
namespace {

template <typename Item, typename Wanted>
bool contains(const std::vector<Item>& items, const Wanted& wanted) {
  return std::ranges::find(items, wanted) != items.end();
}

/// Adds to `part` that the part `needed` is down.
void explain(PartState& part, const PartState& needed) {
  if (part.state == PartState::State::ok) {
    part.state = PartState::State::degraded;
    part.reason = needed.name + ": " + needed.reason;
  }
  if (part.state == PartState::State::degraded && !part.since) part.since = needed.since;
}

/// Whether `cause` repeats the reason of `needed`, possibly with words around it or only a part of it.
bool is_cause(const PartState& needed, const std::string& cause) {
  return !cause.empty() && (cause.contains(needed.reason) || needed.reason.contains(cause));
}

/// The needed parts whose trouble explains all causes of `part`; empty if it has a cause of its own.
std::vector<std::string> waits_for(const PartTraits& traits, const PartState& part,
                                   const std::vector<PartState>& states) {
  if (part.state != PartState::State::degraded) return {};
  std::vector<std::string> found;
  for (const std::string& cause : part.causes.empty() ? std::vector{part.reason} : part.causes) {
    const auto needed = std::ranges::find_if(states, [&](const PartState& other) {
      return contains(traits.needs, other.name) && !other.well() && !other.reason.empty() && is_cause(other, cause);
    });
    if (needed == states.end()) return {};
    if (!contains(found, needed->name)) found.push_back(needed->name);
  }
  return found;
}

}  // namespace

PartList::~PartList() {
  stop({PartKind::source, PartKind::server, PartKind::watch, PartKind::work, PartKind::sink},
       [] { return std::chrono::milliseconds(0); });
}

void PartList::add(Part& part) {
  parts_.push_back(&part);
}

std::vector<Part*> PartList::running(PartKind kind) const {
  std::vector<Part*> found;
  std::ranges::copy_if(running_, std::back_inserter(found),
                       [kind](const Part* part) { return part->traits().kind == kind; });
  return found;
}

Result<> PartList::start(std::initializer_list<PartKind> kinds) {
  for (const PartKind kind : kinds) {
    for (Part* const part : parts_) {
      if (part->traits().kind != kind || contains(running_, part)) continue;
      TRY(part->start());
      running_.push_back(part);
    }
  }
  return {};
}

void PartList::stop(std::initializer_list<PartKind> kinds, const std::function<std::chrono::milliseconds()>& patience) {
  for (const PartKind kind : kinds) {
    const std::vector<Part*> ending = running(kind);
    for (Part* const part : ending) part->begin_stop(patience());
    for (Part* const part : ending) part->stop(patience());
    std::erase_if(running_, [&](Part* part) { return contains(ending, part); });
  }
}

std::vector<PartState> PartList::states() const {
  std::vector<PartState> states;
  for (const Part* const part : parts_) states.push_back(part->state());
  for (std::size_t n = 0; n < parts_.size(); ++n) {
    for (const PartState& other : states) {
      if (other.state == PartState::State::down && contains(parts_[n]->traits().needs, other.name))
        explain(states[n], other);
    }
    states[n].waits_for = waits_for(parts_[n]->traits(), states[n], states);
  }
  return states;
}

}  // namespace dmw
