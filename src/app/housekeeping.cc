#include "app/housekeeping.h"

#include "app/host_name.h"
#include "base/format.h"
#include "base/log.h"
#include "catalog/associations.h"
#include "catalog/dead_letters.h"
#include "catalog/event_log.h"
#include "catalog/inboxes.h"
#include "catalog/sinks.h"

namespace dmw::app {
namespace {

constexpr std::size_t forget_at_once = 1'000;
constexpr std::chrono::days request_retention{30};
constexpr std::chrono::days association_retention{30};
constexpr std::int64_t associations_max = 100'000;
constexpr std::int64_t strangers_max = 10'000;

std::string words_of_silent(const catalog::InboxHeartbeat& inbox) {
  const std::string place = inbox.host + ":" + inbox.directory;
  if (inbox.is_final) return format("{} ({} in it)", place, counted(static_cast<std::size_t>(inbox.items), "instance"));
  return format("{} (its number of instances is unknown, {} at its last report)", place, inbox.items);
}

/// Of a step that forgets: a row that stays is its fault, once all others are through.
Result<bool> outcome(Result<catalog::Forgotten> done) {
  if (!done) return std::unexpected(done.error());
  if (done->why) return std::unexpected(*done->why);
  return done->more;
}

}  // namespace

void tell_retired(const std::vector<std::string>& sinks) {
  for (const std::string& sink : sinks) {
    log::warning("sink_retired",
                 format("no running program has {} in its settings any more: publishing does not wait for it; when it "
                        "is configured again it continues at its last position",
                        sink),
                 {{"sink", sink}});
  }
}

Housekeeping::Gauges::Gauges(Metrics& metrics)
    : lane_depth(metrics.gauges("dicom_middleware_lane_depth", "Items that wait, by queue")),
      lane_oldest(metrics.gauges("dicom_middleware_lane_oldest_seconds",
                                 "Age of the oldest waiting item in seconds, by queue")),
      inbox_fill(metrics.gauge("dicom_middleware_inbox_fill_ratio",
                               "How full the inbox or its disk is; from 0.9 on no file is accepted")),
      sink_lag(
          metrics.gauges("dicom_middleware_sink_lag_events", "Events of its topic that a sink has not published yet")),
      sink_lag_seconds(metrics.gauges("dicom_middleware_sink_lag_seconds",
                                      "Seconds since the oldest event that a sink has not published yet was written")),
      open_letters(metrics.gauges("dicom_middleware_dead_letters_open", "Dead letters that are open, by stage")) {}

void Housekeeping::Gauges::set_lane(const std::string& lane, std::int64_t items,
                                    std::optional<double> oldest_seconds) const {
  lane_depth.with({{"lane", lane}}).set(static_cast<double>(items));
  lane_oldest.with({{"lane", lane}}).set(oldest_seconds.value_or(0));
}

Housekeeping::Housekeeping(db::Database& database, inbox::Gauges& inbox, const Clock& clock, catalog::ClockTrust& trust,
                           Metrics& metrics, std::chrono::days event_retention, Named named)
    : database_(database),
      inbox_(inbox),
      clock_(clock),
      trust_(trust),
      event_retention_(event_retention),
      sinks_(std::move(named.sinks)),
      askable_sources_(std::move(named.askable_sources)),
      host_(host_name()),
      steps_(
          "housekeeping", [&database] { return database.probe(); }, clock, metrics),
      gauges_(metrics) {
  figures_.backlogs.resize(sinks_.size());
}

Result<bool> Housekeeping::pass() {
  const auto once = [this](const std::string& words, const std::function<Result<>()>& act) {
    return steps_.run(words, [&]() -> Result<bool> {
      TRY(act());
      return false;
    });
  };
  std::optional<MicrosUtc> now;
  TRY(once("the heartbeat of the inbox", [this] { return beat(false); }));
  TRY(once("the check for silent inboxes", [this] { return look_for_stranded(); }));
  TRY(once("the check for sinks without a program", [this] { return retire_sinks(); }));
  TRY(once("the check for requests that no program serves", [this] { return look_for_unserved(); }));
  TRY(once("the check of the clock", [&]() -> Result<> {
    now = TRY(trust_.time());
    return {};
  }));
  if (!now) return false;
  TRY(once("the removal of unused sinks", [&] { return drop_idle_sinks(*now); }));
  return forget(*now);
}

Result<> Housekeeping::look_for_stranded() {
  const std::vector<catalog::InboxHeartbeat> silent = TRY(catalog::stranded_inboxes(database_));
  const std::scoped_lock lock(mutex_);
  stranded_.clear();
  for (const catalog::InboxHeartbeat& inbox : silent) stranded_.push_back(words_of_silent(inbox));
  return {};
}

/// Those of another program that does not run any more.
Result<> Housekeeping::retire_sinks() {
  tell_retired(TRY(catalog::retire_sinks(database_, sinks_)));
  return {};
}

/// Once for each source, until it is served again.
Result<> Housekeeping::look_for_unserved() {
  std::set<std::string> unserved;
  for (const catalog::UnservedRequests& waiting : TRY(catalog::Requests(database_).unserved(askable_sources_))) {
    if (unserved.insert(waiting.source).second && !unserved_.contains(waiting.source)) {
      log::warning(
          "source_unserved",
          format("{} for {}, which no program has in its settings: they wait, and are served when it is set "
                 "again",
                 waiting.count == 1 ? std::string("1 request waits") : format("{} requests wait", waiting.count),
                 waiting.source),
          {{"source", waiting.source}, {"requests", waiting.count}});
    }
  }
  unserved_ = std::move(unserved);
  return {};
}

Result<> Housekeeping::drop_idle_sinks(MicrosUtc now) {
  const catalog::DroppedSinks dropped = TRY(catalog::drop_idle_sinks(database_, sinks_, now, event_retention_));
  for (const std::string& name : dropped.names) {
    log::warning("sink_dropped",
                 format("nothing was published to {} for {} days (EVENT_RETENTION_DAYS): events no longer wait for it",
                        name, event_retention_.count()),
                 {{"sink", name}});
  }
  if (dropped.why) return std::unexpected(*dropped.why);
  return {};
}

Result<bool> Housekeeping::forget(MicrosUtc now) {
  const auto before = [&](std::chrono::days age) { return now - std::chrono::microseconds(age).count(); };
  const catalog::AssociationRetention keep{before(association_retention), associations_max, strangers_max};
  bool more = TRY(steps_.run("the removal of old events", [&] {
    return outcome(catalog::forget_events(database_, before(event_retention_), forget_at_once));
  }));
  more = TRY(forget("the removal of old requests", catalog::finished_requests(before(request_retention)), requests_)) ||
         more;
  more = TRY(forget("the removal of old associations", catalog::ended_associations(keep), associations_)) || more;
  more = TRY(forget("the removal of surplus associations", catalog::surplus_associations(keep), surplus_)) || more;
  return TRY(forget("the removal of old callers", catalog::old_strangers(keep), strangers_)) || more;
}

Result<bool> Housekeeping::forget(const std::string& words, const catalog::OldRows& old,
                                  catalog::Forgetting& forgetting) {
  return steps_.run(words, [&] { return outcome(forgetting.pass(database_, old, forget_at_once)); });
}

Result<> Housekeeping::farewell() {
  return beat(true);
}

Result<> Housekeeping::beat(bool is_final) {
  const inbox::Depth depth = inbox_.depth();
  return catalog::beat(database_,
                       {inbox_.replica_id(), host_, inbox_.directory().string(), static_cast<std::int64_t>(depth.items),
                        static_cast<std::int64_t>(depth.bytes), is_final});
}

Result<> Housekeeping::look_at_catalog() {
  std::optional<Error> why;
  // Errors: of the database as a whole.
  const auto keep = [&](auto asked, auto& figure) -> Result<> {
    if (!asked && !db::may_be_of_rows(asked.error())) return std::unexpected(asked.error());
    if (!asked && !why) why = asked.error();
    if (!asked) return {};
    const std::scoped_lock lock(mutex_);
    figure = *std::move(asked);
    return {};
  };
  TRY(keep(catalog::Requests(database_).depth(), figures_.requests));
  for (std::size_t n = 0; n < sinks_.size(); ++n) TRY(keep(backlog_of(sinks_[n]), figures_.backlogs[n]));
  TRY(keep(catalog::DeadLetters(database_).count_open(), figures_.open_letters));
  if (why) return std::unexpected(*why);
  return {};
}

Result<catalog::Backlog> Housekeeping::backlog_of(const catalog::SinkTerms& sink) {
  const std::optional<std::int64_t> position = TRY(catalog::sink_position(database_, sink.name));
  return catalog::backlog(database_, sink.topic, position.value_or(0));
}

std::optional<double> Housekeeping::seconds_since(std::optional<MicrosUtc> time) const {
  if (!time) return std::nullopt;
  return static_cast<double>(clock_.now() - *time) / 1e6;
}

void Housekeeping::refresh_metrics() {
  const inbox::Depth depth = inbox_.depth();
  gauges_.set_lane("inbox", static_cast<std::int64_t>(depth.items), seconds_since(depth.oldest_kept_at));
  gauges_.inbox_fill.set(inbox_.fill());
  const Figures figures = [this] {
    const std::scoped_lock lock(mutex_);
    return figures_;
  }();
  if (figures.requests) {
    gauges_.set_lane("requests", figures.requests->waiting + figures.requests->claimed,
                     seconds_since(figures.requests->oldest_created_at));
  }
  for (std::size_t n = 0; n < figures.backlogs.size(); ++n) {
    const std::optional<catalog::Backlog>& backlog = figures.backlogs[n];
    if (!backlog) continue;
    const Labels labels = {{"sink", sinks_[n].name}};
    gauges_.sink_lag.with(labels).set(static_cast<double>(backlog->events));
    gauges_.sink_lag_seconds.with(labels).set(seconds_since(backlog->oldest_at).value_or(0));
  }
  if (!figures.open_letters) return;
  for (const Stage stage : {Stage::fetch, Stage::header, Stage::store, Stage::record}) {
    const auto open = figures.open_letters->find(stage);
    gauges_.open_letters.with({{"stage", std::string(name(stage))}})
        .set(open == figures.open_letters->end() ? 0 : static_cast<double>(open->second));
  }
}

std::vector<std::string> Housekeeping::stranded() const {
  const std::scoped_lock lock(mutex_);
  return stranded_;
}

}  // namespace dmw::app
