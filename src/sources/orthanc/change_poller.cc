#include "sources/orthanc/change_poller.h"

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "catalog/requests.h"

namespace dmw::sources {
namespace {

constexpr std::size_t page_max = 1'000;
constexpr std::size_t instances_max = 500;  // of one request
constexpr int looks_max = 8;                // at holes, in one pass
constexpr std::size_t witnesses_max = 32;
/// With so many requests of this source waiting there is no use in writing more: Orthanc keeps its changes.
constexpr std::int64_t waiting_max = 5'000;

}  // namespace

ChangePoller::ChangePoller(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client, Calls calls)
    : options_(options),
      rooms_(rooms),
      calls_(std::move(calls)),
      client_(client),
      lag_gauge_(rooms.metrics.gauge("dicom_middleware_source_lag_changes", "Changes of the source not read yet",
                                     {{"source", options.name}})),
      changes_(rooms.metrics.counter("dicom_middleware_source_changes_total", "Changes of the source read",
                                     {{"source", options.name}})) {}

Result<bool> ChangePoller::pass() {
  Result<bool> more = read();
  was_away_ = was_away_ || !more;
  return more;
}

Result<bool> ChangePoller::read() {
  if (!log_) TRY(begin());
  if (was_away_ && TRY(has_another_identity())) {
    TRY(replaced("it reports another database"));
    return true;
  }
  was_away_ = false;
  log_->give_up_old(rooms_.clock.monotonic());
  TRY(read_again());
  const std::optional<OrthancChanges> page = TRY(next_page());
  if (!page) {
    TRY(replaced("its change list differs"));
    return true;
  }
  TRY(keep(page->changes));
  const bool more = !page->done && !page->changes.empty();
  const std::int64_t last = more ? TRY(client_.last_change()) : log_->read_to();
  lag_gauge_.set(static_cast<double>(std::max<std::int64_t>(0, last - log_->read_to())));
  if (!more) return false;
  return TRY(catalog::Requests(rooms_.catalog).depth(options_.name)).waiting < waiting_max;
}

Result<> ChangePoller::begin() {
  const std::optional<catalog::Cursor> cursor = TRY(catalog::read_cursor(rooms_.catalog, options_.name));
  if (!cursor) return reset();
  kept_ = *cursor;
  log_.emplace(cursor->read_to, options_.hole_patience, cursor->holes, rooms_.clock.monotonic());
  witnesses_.clear();
  was_away_ = true;
  return {};
}

/// Orthanc before 1.11 names none.
Result<bool> ChangePoller::has_another_identity() {
  const std::string present = TRY(client_.system()).database_id;
  if (present.empty() || present == kept_.database_id) return false;
  if (!kept_.database_id.empty()) return true;
  kept_.database_id = present;
  return false;
}

Result<> ChangePoller::replaced(std::string_view evidence) {
  log::warning("orthanc_reset", format("the index of the source was replaced, {}: every study is compared", evidence),
               {{"source", options_.name}, {"read_to", log_->read_to()}});
  return reset();
}

/// A change goes with its resource, the newest one too: that is no other index. Another change under a number that was
/// read is one, and so is a number of the sequence that was given out again.
Result<std::optional<OrthancChanges>> ChangePoller::next_page() {
  for (;;) {
    const std::int64_t from = witnesses_.empty() ? log_->read_to() : witnesses_.back().seq;
    OrthancChanges page = TRY(client_.changes(std::max<std::int64_t>(0, from - 1), page_max));
    const bool there = !page.changes.empty() && page.changes.front().seq == from;
    if (!there && !witnesses_.empty()) {
      witnesses_.pop_back();
      continue;
    }
    if (there) {
      if (!witnesses_.empty() && page.changes.front() != witnesses_.back()) return std::nullopt;
      if (witnesses_.empty()) witnesses_.push_back(page.changes.front());
      page.changes.erase(page.changes.begin());
    }
    const bool newest_is_there = there && from == log_->read_to();
    const bool goes_on = !page.changes.empty() && page.changes.back().seq > log_->read_to();
    if (!newest_is_there && !goes_on && TRY(sequence_fell())) return std::nullopt;
    return page;
  }
}

/// An empty page says how far the sequence ever came (Orthanc 1.10.1), or echoes the question; `last` says which change
/// is the newest that is left.
Result<bool> ChangePoller::sequence_fell() {
  const OrthancChanges beyond = TRY(client_.changes(log_->read_to(), 1));
  if (!beyond.changes.empty() || beyond.last >= log_->read_to()) return false;
  const std::int64_t last = TRY(client_.last_change());
  if (last == 0 && TRY(client_.size()).studies > 0)
    return fail(Errc::unavailable, "it reports no changes, but it has studies");
  return last < log_->read_to();
}

void ChangePoller::remember(std::span<const OrthancChange> changes) {
  for (const OrthancChange& change : changes) {
    if (witnesses_.empty() || change.seq > witnesses_.back().seq) witnesses_.push_back(change);
    if (witnesses_.size() > witnesses_max) witnesses_.pop_front();
  }
}

/// What came before is found by the reconciler, which begins after the cursor is kept.
Result<> ChangePoller::reset() {
  const OrthancSystem system = TRY(client_.system());
  const std::int64_t last = TRY(client_.last_change());
  const catalog::Cursor cursor{.position = last, .database_id = system.database_id, .read_to = last, .holes = {}};
  TRY(rooms_.catalog.write([&](db::Transaction& transaction) -> Result<> {
    TRY(calls_.fence(transaction));
    TRY(catalog::write_cursor(transaction, options_.name, cursor));
    return {};
  }));
  kept_ = cursor;
  log_.emplace(last, options_.hole_patience);
  witnesses_.clear();
  was_away_ = false;
  calls_.reconcile(std::chrono::milliseconds(0));
  return {};
}

Result<> ChangePoller::read_again() {
  const Monotonic now = rooms_.clock.monotonic();
  std::int64_t after = -1;
  for (int look = 0; look < looks_max; ++look) {
    const std::optional<ChangeLog::Hole> hole = log_->due(after, now);
    if (!hole) return {};
    OrthancChanges page = TRY(client_.changes(hole->from - 1, page_max));
    // What is behind the last number that was read is left to the next page.
    std::erase_if(page.changes, [&](const OrthancChange& change) { return change.seq > log_->read_to(); });
    after = page.done || page.changes.empty() ? log_->read_to() : page.changes.back().seq;
    TRY(keep(page.changes));
    log_->looked_at(hole->from, after, now);
  }
  return {};
}

Result<> ChangePoller::keep(std::span<const OrthancChange> changes) {
  // The log is the truth only once the transaction is through.
  ChangeLog log = *log_;
  const Monotonic now = rooms_.clock.monotonic();
  std::vector<OrthancChange> fresh;
  for (const OrthancChange& change : changes) {
    if (log.take(change.seq, now)) fresh.push_back(change);
  }
  const std::vector<NewRequest> requests = requests_of(fresh);
  const catalog::Cursor cursor{log.cursor(), kept_.database_id, log.read_to(), log.holes()};
  if (!requests.empty() || cursor != kept_) {
    TRY(rooms_.catalog.write([&](db::Transaction& transaction) -> Result<> {
      TRY(calls_.fence(transaction));
      if (!requests.empty()) TRY(catalog::Requests::submit(transaction, requests));
      TRY(catalog::write_cursor(transaction, options_.name, cursor));
      crash_point("poller.before_commit");
      return {};
    }));
    crash_point("poller.after_commit");
  }
  const std::int64_t given_up = log.given_up_early() - log_->given_up_early();
  kept_ = cursor;
  log_ = std::move(log);
  remember(fresh);
  changes_.add(static_cast<double>(fresh.size()));
  if (!requests.empty()) calls_.nudge();
  if (given_up > 0) {
    log::warning(
        "orthanc_changes_given_up",
        format("{} numbers are missing from the change list of {}, too many to wait for: every study is compared again",
               given_up, options_.name),
        {{"source", options_.name}, {"given_up", given_up}});
    calls_.reconcile(options_.hole_patience);
  }
  return {};
}

std::vector<NewRequest> ChangePoller::requests_of(std::span<const OrthancChange> changes) const {
  const auto request = [&] {
    NewRequest made;
    made.source = options_.name;
    made.priority = RequestPriority::seen;
    made.correlation_id = Uuid::random();
    return made;
  };
  std::vector<NewRequest> instances;
  std::vector<NewRequest> studies;
  std::set<std::string> seen;
  for (const OrthancChange& change : changes) {
    const bool instance = change.type == "NewInstance";
    if (!instance && change.type != "StableStudy") continue;
    if (!is_resource_id(change.id) || !seen.insert(change.id).second) continue;
    if (instance) {
      if (instances.empty() || instances.back().instances.size() == instances_max) instances.push_back(request());
      instances.back().instances.push_back(change.id);
    } else {
      studies.push_back(request());
      studies.back().study = change.id;
      studies.back().closes = true;
    }
  }
  instances.insert(instances.end(), std::make_move_iterator(studies.begin()), std::make_move_iterator(studies.end()));
  return instances;
}

}  // namespace dmw::sources
