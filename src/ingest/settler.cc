#include "ingest/settler.h"

#include <algorithm>
#include <iterator>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "base/stage_timer.h"
#include "catalog/erasing.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "db/halving.h"

namespace dmw::ingest {
namespace {

constexpr std::size_t look_at_studies = 20'000;
constexpr std::size_t studies_a_transaction = 256;
/// A quarter of a second does not matter for longer quiet times.
constexpr std::chrono::milliseconds prompt{1'000};
constexpr std::chrono::milliseconds pace_least{250};
constexpr std::chrono::milliseconds pace_most{1'000};
constexpr std::int64_t instances_a_transaction = 20'000;

/// From a second to an hour, because a study waits for SETTLE_QUIET.
const std::vector<double> settle_bounds = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1'200, 3'600};

std::string modalities_of(const StudyRevision& revision) {
  std::vector<std::string> seen;
  for (const RevisionSeries& series : revision.series) {
    if (!series.modality.empty() && std::ranges::find(seen, series.modality) == seen.end())
      seen.push_back(series.modality);
  }
  std::string joined;
  for (const std::string& modality : seen) joined += modality + ", ";
  return joined;
}

/// The number of studies for one transaction, limited by their number and by the instances that must be read for them.
std::size_t chunk(std::span<const std::int64_t> instance_counts) {
  std::int64_t instances = 0;
  std::size_t taken = 0;
  while (taken < instance_counts.size() && taken < studies_a_transaction) {
    instances += instance_counts[taken];
    if (taken > 0 && instances > instances_a_transaction) break;
    ++taken;
  }
  return taken;
}

}  // namespace

Settler::Settler(Options options, db::Database& database, store::ObjectStore& store, const events::Bodies& bodies,
                 const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      rules_(options_.rules),
      database_(database),
      store_(store),
      bodies_(bodies),
      clock_(clock),
      mark_(options_.catalog_id, database, store, clock),
      published_(
          metrics.counter("dicom_middleware_pipeline_success_total", "Study revisions written with their event.")),
      settle_seconds_(stage_seconds(metrics, "settle")),
      since_first_byte_(metrics.histogram(
          "dicom_middleware_first_byte_to_published_seconds",
          "From the arrival of the first instance of a revision to its event, including SETTLE_QUIET.", settle_bounds)),
      aside_("settle", clock, metrics) {}

Result<bool> Settler::pass() {
  const Result<bool> passed = settle();
  // An older copy of the catalog may name this settler and its epoch too. So leadership begins again, which compares
  // the marks.
  if (!passed && passed.error().code == Errc::conflict && mark_.is_left()) {
    epoch_.reset();
    mark_.forget();
  }
  if (passed || passed.error().code != Errc::stale) return passed;
  log::warning("lead_lost", "another replica now writes the revisions of studies: " + passed.error().message());
  epoch_.reset();
  watches_.clear();
  return false;
}

Result<bool> Settler::settle() {
  if (!TRY(lead())) return false;
  refused_ = 0;
  // First of all: if a study was erased and sent again, its erasure must be published before its new revision.
  const bool more_erasures = TRY(tell_erasures());
  const std::vector<catalog::Dirty> dirty = TRY(catalog::dirty_studies(database_, look_at_studies));
  forget_others(dirty);
  TRY(mark_.take_turn_for(dirty));
  const std::vector<catalog::Dirty> ready = due(dirty);
  TRY(publish_all(ready));
  if (!TRY(lead())) return false;
  TRY(mark_.leave());
  return more_erasures || (dirty.size() == look_at_studies && !ready.empty());
}

Result<> Settler::publish_all(std::span<const catalog::Dirty> due) {
  while (!due.empty() && refused_ < db::refused_most) {
    const std::span<const catalog::Dirty> next = due.first(std::min(due.size(), studies_a_transaction));
    const Result<std::vector<std::int64_t>> counts = catalog::count_instances(database_, next);
    if (!counts && !db::may_be_of_rows(counts.error())) return std::unexpected(counts.error());
    const std::size_t taken = counts ? chunk(*counts) : 1;
    TRY(publish_due(next.first(taken)));
    due = due.subspan(taken);
    if (!TRY(lead())) return {};
  }
  return {};
}

bool Settler::is_prompt() const {
  const std::scoped_lock lock(rules_mutex_);
  return rules_.shortest() < prompt;
}

std::chrono::milliseconds Settler::pace() const {
  const std::scoped_lock lock(rules_mutex_);
  return std::clamp(rules_.shortest() / 8, pace_least, pace_most);
}

/// Takes or renews the lease. It is renewed after a third of its time.
Result<bool> Settler::lead() {
  const Monotonic now = clock_.monotonic();
  if (epoch_ && mark_.is_left() && now - led_at_ < options_.lease / 3) return true;
  const std::optional<catalog::Lease> lease =
      TRY(catalog::lead(database_, catalog::settler_role, options_.holder, options_.lease, epoch_));
  if (!lease || lease->epoch != epoch_) {
    watches_.clear();  // another leader may have worked in the meantime
    mark_.forget();
  }
  epoch_ = lease ? std::optional(lease->epoch) : std::nullopt;
  led_at_ = now;
  if (lease && !mark_.is_left()) TRY(mark_.begin(*epoch_));
  return lease.has_value();
}

std::vector<catalog::Dirty> Settler::due(const std::vector<catalog::Dirty>& dirty) {
  const Monotonic now = clock_.monotonic();
  const std::scoped_lock lock(rules_mutex_);
  std::unordered_map<std::int64_t, Watch> still;
  std::vector<catalog::Dirty> ready;
  for (const catalog::Dirty& study : dirty) {
    const auto before = watches_.find(study.study_id);
    Watch watch = before == watches_.end() ? Watch{study.activity, now, now} : before->second;
    if (watch.activity != study.activity) watch = Watch{study.activity, now, watch.seen_at};
    still[study.study_id] = watch;
    if (is_resting(study.study_id)) continue;
    const SettleRule rule = rules_.of(study.source, study.calling_ae);
    if (study.closed || now - watch.changed_at >= rule.quiet || now - watch.seen_at >= rule.most)
      ready.push_back(study);
  }
  watches_ = std::move(still);
  return ready;
}

void Settler::change_rules(SettleRules rules) {
  const std::scoped_lock lock(rules_mutex_);
  rules_ = std::move(rules);
}

Result<bool> Settler::tell_erasures() {
  const std::size_t limit = studies_a_transaction + aside_.count();
  auto [untold, unreadable] = TRY(catalog::untold_erasures(database_, limit));
  untold_.clear();
  for (const StudyRevision& revision : untold) untold_.insert(revision.study_id);
  std::erase_if(untold, [this](const StudyRevision& revision) { return is_resting(revision.study_id); });
  bool more = !untold.empty();  // also of the same studies
  for (const auto& one : unreadable) {
    untold_.insert(one.study_id);
    if (is_resting(one.study_id)) continue;
    aside_.put(std::to_string(one.study_id), "study " + one.study_uid, one.why);
    more = true;
  }
  TRY(publish(std::move(untold)));
  return more;
}

Result<> Settler::publish_due(std::span<const catalog::Dirty> studies) {
  std::vector<std::int64_t> ids;
  for (const catalog::Dirty& study : studies) ids.push_back(study.study_id);
  std::vector<Failed> failed;
  std::vector<StudyRevision> revisions = TRY(read_each(ids, failed));
  TRY(put_aside(failed));
  return publish(std::move(revisions));
}

/// Finds a study whose rows cannot be read by halving the list.
Result<std::vector<StudyRevision>> Settler::read_each(std::span<const std::int64_t> ids, std::vector<Failed>& failed) {
  std::vector<StudyRevision> revisions;
  const auto read = [&](std::span<const std::int64_t> some) -> Result<> {
    std::ranges::move(TRY(catalog::read_revisions(database_, some)), std::back_inserter(revisions));
    return {};
  };
  TRY(db::in_halves(ids, read, [&](std::int64_t id, const Error& why) -> Result<bool> {
    const Result<std::string> uid = catalog::study_uid_of(database_, id);
    failed.push_back(
        {id, uid ? *uid : format("with the row {}", id), during(why, "the reading of its revision").error()});
    return ++refused_ < db::refused_most;
  }));
  return revisions;
}

Result<std::vector<std::int64_t>> Settler::publish_each(std::span<const catalog::Settled> settled,
                                                        std::vector<Failed>& failed) {
  std::vector<std::int64_t> all;
  const auto publish = [&](std::span<const catalog::Settled> some) -> Result<> {
    std::ranges::copy(TRY(catalog::publish(database_, *epoch_, some)), std::back_inserter(all));
    return {};
  };
  TRY(db::in_halves(settled, publish, [&](const catalog::Settled& one, const Error& why) -> Result<bool> {
    failed.push_back(
        {one.revision->study_id, one.revision->study_uid.get(), during(why, "the writing of its revision").error()});
    return ++refused_ < db::refused_most;
  }));
  return all;
}

/// Delays the failed studies. If the catalog also refuses a known-good revision, it is an outage instead, and no study
/// is delayed.
Result<> Settler::put_aside(const std::vector<Failed>& failed) {
  if (failed.empty()) return {};
  TRY(catalog::rehearse_publishing(database_, clock_.now()));
  for (const Failed& one : failed) aside_.put(std::to_string(one.study_id), "study " + one.uid, one.why);
  return {};
}

/// Removes the studies whose manifests could not be written. An unavailable or full store is an outage for all; if the
/// store works, only the study whose manifest it refuses is delayed.
Result<> Settler::leave_unwritten(std::span<const Result<>> written, std::vector<catalog::Settled>& settled) {
  const auto failed = std::ranges::find_if(written, [](const Result<>& result) { return !result; });
  if (failed == written.end()) return {};
  const auto why = [](const Error& error) { return during(error, "the write of its manifest").error(); };
  for (const Result<>& result : written) {
    if (!result && result.error().code == Errc::full) return std::unexpected(why(result.error()));
  }
  if (const Result<> probed = store_.probe(); !probed) return std::unexpected(why(probed.error()));
  std::vector<catalog::Settled> left;
  for (std::size_t n = 0; n < settled.size(); ++n) {
    const StudyRevision& revision = *settled[n].revision;
    if (written[n]) {
      left.push_back(std::move(settled[n]));
    } else {
      aside_.put(std::to_string(revision.study_id), "study " + revision.study_uid.get(), why(written[n].error()));
    }
  }
  settled = std::move(left);
  return {};
}

bool Settler::is_resting(std::int64_t study_id) const {
  return aside_.is_resting(std::to_string(study_id));
}

/// Forgets delayed studies that no longer need a revision, for example because they were erased.
void Settler::forget_others(const std::vector<catalog::Dirty>& dirty) {
  if (aside_.count() == 0 || dirty.size() == look_at_studies) return;
  std::set<std::string> open;
  for (const catalog::Dirty& study : dirty) open.insert(std::to_string(study.study_id));
  for (const std::int64_t id : untold_) open.insert(std::to_string(id));
  aside_.keep([&](const std::string& item) { return open.contains(item); });
}

/// Writes the manifests to the store before the transaction that names them, under keys with this settler's epoch. A
/// repeated try writes them again under the same keys. Manifests of a settler that has lost the lead are never named,
/// and are removed later.
Result<> Settler::publish(std::vector<StudyRevision> revisions) {
  if (revisions.empty()) return {};
  const StageTimer timer(settle_seconds_);
  const std::int64_t log_position = TRY(catalog::log_range(database_)).last;
  std::vector<catalog::Settled> settled;
  std::vector<store::Document> manifests;
  for (StudyRevision& revision : revisions) {
    revision.at = clock_.now();
    revision.epoch = *epoch_;
    revision.log_position = log_position;
    Event event = bodies_.of_study(revision);
    manifests.push_back(store::Document{manifest_key(revision.study_uid, revision.revision, *epoch_),
                                        events::Bodies::manifest(revision, event)});
    settled.push_back(catalog::Settled{&revision, std::move(event)});
  }
  TRY(mark_.take_turn(log_position));
  crash_point("settle.before_manifest");
  TRY(leave_unwritten(store_.write(manifests), settled));
  crash_point("settle.after_manifest");
  std::vector<Failed> failed;
  const Result<std::vector<std::int64_t>> published = publish_each(settled, failed);
  if (!published) {
    if (published.error().code == Errc::stale) remove_unnamed(manifests);
    return std::unexpected(published.error());
  }
  crash_point("settle.after_publish");
  on_settled(revisions, *published);
  return put_aside(failed);
}

/// Removes manifests that this settler wrote after another one took over: no transaction can name them.
void Settler::remove_unnamed(std::span<const store::Document> manifests) {
  for (const store::Document& manifest : manifests) {
    if (const Result<> removed = store_.remove(manifest.key); !removed)
      log::warning("manifest_left",
                   format("{}, a manifest without an event, will be removed later: {}", manifest.key.get(),
                          removed.error().message()),
                   {{"key", manifest.key.get()}});
  }
}

void Settler::on_settled(std::span<const StudyRevision> revisions, std::span<const std::int64_t> published) {
  for (const StudyRevision& revision : revisions) {
    if (std::ranges::find(published, revision.study_id) == published.end()) continue;
    published_.add();
    aside_.take(std::to_string(revision.study_id));
    if (revision.first_kept_at)
      since_first_byte_.observe(static_cast<double>(clock_.now() - *revision.first_kept_at) / 1e6);
    tell(revision);
    if (!revision.is_erasure()) watches_.erase(revision.study_id);
  }
  if (!published.empty()) on_published_();
}

void Settler::tell(const StudyRevision& revision) const {
  log::info({"pipeline_success", "study  " + revision.study_uid.get()}, story_of(revision),
            {{"correlation_id", revision.session.correlation_id.text()},
             {"study_instance_uid", revision.study_uid.get()},
             {"revision", revision.revision},
             {"instances_added", revision.instances_added}});
}

std::string Settler::story_of(const StudyRevision& revision) const {
  if (revision.is_erasure()) return format("revision {}: erased", revision.revision);
  std::string story = format("revision {}: {}{} series, {}", revision.revision, modalities_of(revision),
                             revision.series.size(), counted(revision.instances.size(), "instance"));
  if (const auto watch = watches_.find(revision.study_id); watch != watches_.end()) {
    const std::chrono::duration<double> quiet = clock_.monotonic() - watch->second.changed_at;
    story += format(", {:.1f} s after the last image", quiet.count());
  }
  return story;
}

Result<> Settler::resign() {
  // At a stop, the sinks may have moved on since the last pass.
  const Result<> left = mark_.is_left() ? mark_.leave() : Result<>();
  epoch_.reset();
  mark_.forget();
  TRY(catalog::resign(database_, catalog::settler_role, options_.holder));
  return left;
}

}  // namespace dmw::ingest
