#include "lane/aside.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/log.h"

namespace dmw::lane {
namespace {

constexpr std::chrono::seconds rest_least{1};
constexpr std::chrono::seconds rest_first{2};
constexpr std::chrono::minutes rest_most{5};

}  // namespace

Aside::Aside(std::string lane, const Clock& clock, Metrics& metrics)
    : lane_(std::move(lane)),
      clock_(clock),
      gauge_(metrics.gauge("dicom_middleware_lane_put_aside",
                           "Items that wait for a retry after a fault of their own, by queue.", {{"lane", lane_}})),
      backoff_(rest_first, rest_most) {}

bool Aside::is_resting(const std::string& item) const {
  const std::scoped_lock lock(mutex_);
  const auto found = items_.find(item);
  return found != items_.end() && clock_.monotonic() < found->second.rests_until;
}

void Aside::put(const std::string& item, const std::string& words, const Error& why) {
  bool is_news = false;
  {
    const std::scoped_lock lock(mutex_);
    Entry& entry = items_[item];
    // Several failures with different reasons may belong to the same try.
    const bool is_later_try = clock_.monotonic() >= entry.rests_until;
    is_news = entry.tries == 0 || (is_later_try && entry.why != why.message());
    if (entry.tries == 0) entry.since = clock_.now();
    entry.words = words;
    entry.why = why.message();
    entry.rests_until = clock_.monotonic() + rest_least + backoff_.after(++entry.tries);
    tell_count();
  }
  if (is_news) {
    log::warning("put_aside", format("{} waits for a retry; other work continues: {}", words, why.message()),
                 {{"lane", lane_}, {"item", words}, {"code", name(why.code)}});
  }
}

void Aside::take(const std::string& item) {
  std::string words;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = items_.find(item);
    if (found == items_.end()) return;
    words = found->second.words;
    items_.erase(found);
    for (auto& [other, entry] : items_) entry.rests_until = clock_.monotonic();
    tell_count();
  }
  log::info("put_aside_ended", format("{} no longer waits for a retry", words), {{"lane", lane_}, {"item", words}});
}

void Aside::keep(const std::function<bool(const std::string& item)>& is_open) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(items_, [&](const auto& one) { return !is_open(one.first); });
  tell_count();
}

std::size_t Aside::count() const {
  const std::scoped_lock lock(mutex_);
  return items_.size();
}

std::optional<Aside::State> Aside::state() const {
  const std::scoped_lock lock(mutex_);
  if (items_.empty()) return std::nullopt;
  const auto oldest =
      std::ranges::min_element(items_, {}, [](const auto& one) { return std::pair(one.second.since, one.first); });
  State state{items_.size(), oldest->second.since, oldest->second.words + ": " + oldest->second.why};
  if (items_.size() > 1) state.reason += format("; {} more are waiting", items_.size() - 1);
  return state;
}

void Aside::tell_count() {
  gauge_.set(static_cast<double>(items_.size()));
}

}  // namespace dmw::lane
