#include "sources/orthanc/change_poller.h"

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "base/log.h"
#include "catalog/requests.h"

namespace dmw::sources {
namespace {

constexpr std::size_t page_max = 1'000;
constexpr std::size_t instances_max = 500;  // of one request
constexpr int looks_max = 8;                // at holes, in one pass
/// With so many requests waiting there is no use in writing more: Orthanc keeps its changes.
constexpr std::int64_t waiting_max = 5'000;

}  // namespace

ChangePoller::ChangePoller(const OrthancOptions& options, const Surroundings& rooms, std::function<void()> nudge,
                           std::function<void()> reconcile)
    : options_(options),
      rooms_(rooms),
      nudge_(std::move(nudge)),
      reconcile_(std::move(reconcile)),
      client_(options.client()),
      lag_gauge_(rooms.metrics.gauge("dicom_middleware_source_lag_changes", "Changes of the source not read yet",
                                     {{"source", options.name}})),
      changes_(rooms.metrics.counter("dicom_middleware_source_changes_total", "Changes of the source read",
                                     {{"source", options.name}})) {}

Result<bool> ChangePoller::pass() {
  if (!log_) TRY(begin());
  const Monotonic now = rooms_.clock.monotonic();
  log_->give_up_old(now);
  TRY(read_again());
  // With the one that was read last: Orthanc 1.10.1 tells no identity of its index, but a replaced one has another
  // change under that number.
  OrthancChanges page = TRY(client_.changes(std::max<std::int64_t>(0, log_->read_to() - 1), page_max));
  const bool overlaps = !page.changes.empty() && page.changes.front().seq == log_->read_to();
  bool other = overlaps && !recognizes(page);
  // An empty page echoes what was asked for, also when there is much less.
  if (page.changes.empty() && !overlaps) other = TRY(client_.last_change()) < log_->read_to();
  if (other) {
    TRY(replaced());
    return true;
  }
  TRY(keep(page.changes));
  if (!page.changes.empty()) newest_ = page.changes.back();
  const bool more = !page.done && !page.changes.empty();
  const std::int64_t last = more ? TRY(client_.last_change()) : log_->read_to();
  lag_ = std::max<std::int64_t>(0, last - log_->read_to());
  lag_gauge_.set(static_cast<double>(lag_));
  if (!more) return false;
  return TRY(catalog::Requests(rooms_.catalog).depth()).waiting < waiting_max;
}

Result<> ChangePoller::begin() {
  const OrthancSystem system = TRY(client_.system());
  const std::int64_t last = TRY(client_.last_change());
  const std::optional<catalog::Cursor> cursor = TRY(catalog::read_cursor(rooms_.catalog, options_.name));
  const bool other = cursor && !cursor->database_id.empty() && !system.database_id.empty() &&
                     cursor->database_id != system.database_id;
  if (!cursor) return reset(last, system.database_id);
  if (last < cursor->position || other) return replaced();
  kept_ = *cursor;
  if (kept_.database_id.empty()) kept_.database_id = system.database_id;
  log_.emplace(cursor->position, options_.hole_patience);
  newest_.reset();
  return {};
}

Result<> ChangePoller::replaced() {
  const OrthancSystem system = TRY(client_.system());
  const std::int64_t last = TRY(client_.last_change());
  log::warning("orthanc_reset", "the source has another index than before: every study is compared",
               {{"source", options_.name}, {"last", last}});
  return reset(last, system.database_id);
}

bool ChangePoller::recognizes(OrthancChanges& page) {
  const bool same = !newest_ || *newest_ == page.changes.front();
  newest_ = page.changes.front();
  page.changes.erase(page.changes.begin());
  return same;
}

/// What came before `last` is found by the reconciler, which begins after the cursor is kept.
Result<> ChangePoller::reset(std::int64_t last, const std::string& database_id) {
  const catalog::Cursor cursor{last, database_id};
  TRY(rooms_.catalog.write([&](db::Transaction& transaction) -> Result<> {
    TRY(catalog::write_cursor(transaction, options_.name, cursor));
    return {};
  }));
  kept_ = cursor;
  log_.emplace(last, options_.hole_patience);
  newest_.reset();
  reconcile_();
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
  const catalog::Cursor cursor{log.cursor(), kept_.database_id};
  if (!requests.empty() || cursor.position != kept_.position) {
    TRY(rooms_.catalog.write([&](db::Transaction& transaction) -> Result<> {
      if (!requests.empty()) TRY(catalog::Requests::submit(transaction, requests));
      TRY(catalog::write_cursor(transaction, options_.name, cursor));
      crash_point("poller.before_commit");
      return {};
    }));
    crash_point("poller.after_commit");
  }
  kept_ = cursor;
  log_ = std::move(log);
  changes_.add(static_cast<double>(fresh.size()));
  if (!requests.empty()) nudge_();
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
