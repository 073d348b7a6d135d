#include "ingest/refusals.h"

#include "base/format.h"

namespace dmw::ingest {

bool Refusals::is_its_own(const SpooledInstance& item, const Error& why) {
  if (why.code == Errc::data) return true;
  const std::scoped_lock lock(mutex_);
  std::map<std::int64_t, int>& refused = by_rule_[why.what];
  if (refused.size() >= remembered_max && !refused.contains(item.seq)) return false;
  const int tries = ++refused[item.seq];
  return refused.size() == 1 && tries >= tries_min;
}

void Refusals::forget(std::span<const SpooledInstance> items) {
  const std::scoped_lock lock(mutex_);
  if (by_rule_.empty()) return;
  for (const SpooledInstance& item : items) {
    for (auto& [rule, refused] : by_rule_) refused.erase(item.seq);
  }
  std::erase_if(by_rule_, [](const auto& entry) { return entry.second.empty(); });
}

std::optional<std::string> Refusals::words() const {
  const std::scoped_lock lock(mutex_);
  std::string words;
  for (const auto& [rule, refused] : by_rule_) {
    words +=
        format("{}{} {} in the inbox: the database refuses {}: {}", words.empty() ? "" : "; ", refused.size(),
               refused.size() == 1 ? "instance waits" : "instances wait", refused.size() == 1 ? "it" : "them", rule);
  }
  return words.empty() ? std::nullopt : std::optional(words);
}

}  // namespace dmw::ingest
