#include "care/adoption.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "care/belonging.h"
#include "care/stored_object.h"
#include "catalog/standing.h"
#include "store/mark.h"
#include "store/shards.h"

namespace dmw::care {
namespace {

constexpr std::size_t items_a_batch = 256;
constexpr int directories_a_report = 256;
/// After so many failures without a success the cause is not a single study.
constexpr int refused_most = 8;
/// Above the newest event that the store knows: dead letters are events that leave nothing in it.
constexpr std::int64_t positions_between = 1'000'000;

/// Which study an instance is of, as its key says.
std::string study_in(const ObjectKey& key) {
  const std::string_view name = std::string_view(key.get()).substr(key.get().rfind('/') + 1);
  return std::string(name.substr(0, name.find('_')));
}

std::unexpected<Error> stopped_error() {
  return fail(Errc::cancelled, "the adoption was stopped; the next start with --adopt-store goes on");
}

/// An object that is not taken in, whatever is tried.
bool is_bad(const Error& error) {
  return !error.transient() && error.code != Errc::cancelled;
}

}  // namespace

Adoption::Adoption(const Parts& parts) : parts_(parts) {
  session_.id = new_session_id();
  session_.kind = SessionKind::person;
  session_.source = "store";
  session_.correlation_id = Uuid::random();
  session_.started_at = parts_.clock.now();
}

Result<> Adoption::run(const std::function<bool()>& stopped) {
  const BelongingFound look = TRY(look_at_belonging(&parts_.database, parts_.store));
  if (look.kind == Belonging::foreign) return fail(Errc::conflict, look.why + ": " + look.advice);
  if (look.kind == Belonging::yes || look.kind == Belonging::both_new) {
    log::info("adoption_not_needed", "--adopt-store does nothing: this catalog belongs to this store");
    return {};
  }
  return parts_.database.exclusively("dmw.adopt", [&]() -> Result<> {
    log::info("adoption",
              "the objects of the store are added to the catalog; files that arrive in the meantime stay in the inbox");
    TRY(catalog::begin_adoption(parts_.database));
    const store::Marks marks = TRY(store::read_marks(parts_.store));
    if (marks.newest) delivered_ = marks.newest->delivered;
    for (int shard = 0; shard < store::shard_count; ++shard) {
      if (stopped()) return stopped_error();
      TRY(adopt(shard, stopped));
      if ((shard + 1) % directories_a_report == 0) {
        log::info("adoption_progress",
                  format("{} of {} directories: {}, {}", shard + 1, store::shard_count, counted(studies_, "study"),
                         counted(instances_, "instance")),
                  {{"studies", studies_}, {"instances", instances_}});
      }
      crash_point("adopt.after_directory");
    }
    return finish();
  });
}

Result<> Adoption::adopt(int shard, const std::function<bool()>& stopped) {
  std::map<std::string, Found> studies;
  TRY(parts_.store.list(store::shard_directory(shard), [&](const ObjectKey& key) -> Result<> {
    if (const std::optional<ManifestName> name = parse_manifest_key(key)) {
      studies[name->study].manifests.emplace_back(*name, key);
    } else if (key.get().ends_with(".dcm")) {
      studies[study_in(key)].instances.push_back(key);
    }
    return {};
  }));
  for (auto& [name, found] : studies) {
    const std::size_t instances = found.instances.size();
    const Result<> adopted = adopt(name, std::move(found), stopped);
    if (!adopted) TRY(leave_refused(name, instances, adopted.error()));
  }
  return {};
}

Result<> Adoption::leave_refused(const std::string& name, std::size_t instances, const Error& why) {
  if (!db::may_be_of_rows(why)) return std::unexpected(why);
  TRY(parts_.recorder.rehearse());
  TRY(parts_.store.probe());
  if (++refused_ == refused_most && studies_ == 0) return std::unexpected(why);
  unreadable_ += static_cast<std::int64_t>(instances);
  log::warning("study_not_adopted", format("study {} is not added: {}; {} stay in the store unchanged: import them "
                                           "(dicom-middleware import) when the cause is corrected",
                                           name, why.message(), counted(instances, "object")));
  return {};
}

Result<std::optional<ReadManifest>> Adoption::judge(Found& found, catalog::StoredStudy& study, int& in_doubt) {
  std::ranges::sort(found.manifests, [](const auto& a, const auto& b) {
    return std::pair(a.first.revision, a.first.epoch) > std::pair(b.first.revision, b.first.epoch);
  });
  std::optional<ReadManifest> newest;
  std::vector<std::pair<int, ObjectKey>> lists;  // of instances, by revision
  int judged = 0;                                // the last revision of which a manifest could be read
  for (const auto& [name, key] : found.manifests) {
    study.revision = std::max(study.revision, name.revision);
    epoch_ = std::max(epoch_, name.epoch);
    Result<bool> tombstone = is_tombstone(parts_.store, key);
    if (!tombstone && !is_bad(tombstone.error())) return std::unexpected(tombstone.error());
    if (!tombstone) {
      log::warning("manifest_not_readable", tombstone.error().message(), {{"key", key.get()}});
      // Where another epoch wrote the same revision later, that one counts.
      if (judged != name.revision) in_doubt = std::max(in_doubt, name.revision);
      continue;
    }
    judged = name.revision;
    if (!newest) {
      Result<ReadManifest> read = read_manifest(parts_.store, key);
      if (!read && !is_bad(read.error())) return std::unexpected(read.error());
      if (!read) continue;
      position_ = std::max(position_, read->after_position + 1);
      newest = std::move(*read);
    }
    if (*tombstone)
      study.erased_revision = std::max(study.erased_revision, name.revision);
    else
      lists.emplace_back(name.revision, key);
  }
  // The manifests of erasures stay; those before the erasure are removed.
  for (const auto& [revision, key] : lists) {
    (revision > study.erased_revision ? study.manifests : study.condemned).push_back(key);
  }
  return newest;
}

Result<StudyUid> Adoption::uid_of(const std::string& name, const Found& found,
                                  const std::optional<ReadManifest>& newest) {
  if (newest) return newest->study;
  if (!name.starts_with('x')) return StudyUid(name);
  for (const ObjectKey& key : found.instances) {
    const Result<SpooledInstance> item = read_stored_object(parts_.store, key, parts_.read);
    if (item) return item->header->study_uid;
    TRY(is_alone_at_fault(item.error()));
  }
  return fail(Errc::corrupted, "no object says which study " + name + " is");
}

Result<> Adoption::adopt(const std::string& name, Found found, const std::function<bool()>& stopped) {
  catalog::StoredStudy study;
  int in_doubt = 0;
  const std::optional<ReadManifest> newest = TRY(judge(found, study, in_doubt));
  const Result<StudyUid> uid = uid_of(name, found, newest);
  if (!uid && !is_bad(uid.error())) return std::unexpected(uid.error());
  if (!uid) {
    log::warning("object_not_adopted", uid.error().message());
    unreadable_ += static_cast<std::int64_t>(found.instances.size());
    return {};
  }
  study.study = *uid;
  if (newest && delivered_ && newest->after_position >= *delivered_) {
    study.told_again_by = session_;
    ++again_;
  }
  if (in_doubt > study.erased_revision) {
    // An erased study must not come back. Only later published revisions are certain; the objects stay where they are,
    // so that nothing is lost either.
    std::set<ObjectKey> certain;
    if (newest && in_doubt < study.revision)
      for (const ReadManifest::Entry& entry : newest->instances) certain.insert(entry.key);
    const std::size_t left =
        std::erase_if(found.instances, [&](const ObjectKey& key) { return !certain.contains(key); });
    study.erased_revision = in_doubt;
    leave_in_doubt(name, in_doubt, left);
  } else if (study.is_erased())
    std::ranges::move(std::exchange(found.instances, {}), std::back_inserter(study.condemned));
  const MicrosUtc now = parts_.clock.now();
  const MicrosUtc go_at = now + std::chrono::microseconds(parts_.erase_grace).count();
  const catalog::AdoptedStudy adopted = TRY(catalog::adopt_study(parts_.database, study, now, go_at));
  if (!adopted.is_erased)
    TRY(adopt_instances(adopted, study, found.instances, newest ? newest->instances : Entries(), stopped));
  ++studies_;
  return {};
}

void Adoption::leave_in_doubt(const std::string& name, int revision, std::size_t instances) {
  unreadable_ += static_cast<std::int64_t>(instances);
  log::warning(
      "study_in_doubt",
      format("the manifest of revision {} of study {} cannot be read, so the study may have been erased then: {} stay "
             "in the store and are not added. If it was not erased, import them (dicom-middleware import)",
             revision, name, counted(instances, "object")));
}

Result<> Adoption::adopt_instances(const catalog::AdoptedStudy& adopted, const catalog::StoredStudy& study,
                                   const std::vector<ObjectKey>& stored, const Entries& published,
                                   const std::function<bool()>& stopped) {
  std::set<ObjectKey> left(stored.begin(), stored.end());
  for (const ObjectKey& key : TRY(catalog::recorded_objects(parts_.database, adopted.id, study.study))) left.erase(key);
  std::map<ObjectKey, Flags> flags;
  std::vector<std::string> published_uids;
  std::vector<ObjectKey> order;
  // The published current version first, so that it stays the current one.
  for (const ReadManifest::Entry& entry : published) {
    flags[entry.key] = entry.flags;
    if (!study.told_again_by) published_uids.push_back(entry.sop_uid);
    if (left.erase(entry.key) > 0) order.push_back(entry.key);
  }
  order.insert(order.end(), left.begin(), left.end());
  TRY(record(order, flags, adopted.life, stopped));
  crash_point("adopt.before_published");
  return catalog::are_published(parts_.database, adopted.id, study.revision, published_uids);
}

Result<> Adoption::record(const std::vector<ObjectKey>& keys, const std::map<ObjectKey, Flags>& flags, int life,
                          const std::function<bool()>& stopped) {
  std::vector<SpooledInstance> batch;
  for (const ObjectKey& key : keys) {
    Result<SpooledInstance> item = read_stored_object(parts_.store, key, parts_.read);
    if (!item) {
      TRY(is_alone_at_fault(item.error()));
      ++unreadable_;
      log::warning("object_not_adopted",
                   item.error().message() + "; it stays where it is: import the file when it can be read",
                   {{"key", key.get()}});
      continue;
    }
    if (const auto known = flags.find(key); known != flags.end()) item->header->flags |= known->second;
    item->session = session_;
    item->kept_at = parts_.clock.now();
    batch.push_back(std::move(*item));
    if (batch.size() < items_a_batch) continue;
    TRY(record(batch, life));
    if (stopped()) return stopped_error();
  }
  return record(batch, life);
}

Result<> Adoption::record(std::vector<SpooledInstance>& batch, int life) {
  if (batch.empty()) return {};
  catalog::Lives lives;
  if (life > 0) lives[batch.front().header->study_uid.get()] = life;
  TRY(record_each(batch, lives));
  batch.clear();
  return {};
}

/// A batch that some row spoils is halved until that row stands alone; one that everything spoils is not.
Result<> Adoption::record_each(std::span<const SpooledInstance> items, const catalog::Lives& lives) {
  const Result<catalog::Recording> recorded = parts_.recorder.record(items, lives);
  if (recorded) {
    instances_ += static_cast<std::int64_t>(items.size());
    return {};
  }
  if (!db::may_be_of_rows(recorded.error())) return std::unexpected(recorded.error());
  TRY(parts_.recorder.rehearse());
  if (items.size() > 1) {
    TRY(record_each(items.first(items.size() / 2), lives));
    return record_each(items.subspan(items.size() / 2), lives);
  }
  ++unreadable_;
  log::warning("object_not_adopted",
               "the catalog refuses it: " + recorded.error().message() +
                   "; it stays where it is: import the file when the cause is corrected",
               {{"key", key_of(items[0]).get()}});
  return {};
}

/// Errors: what went wrong, while the store as a whole is away.
Result<> Adoption::is_alone_at_fault(const Error& why) {
  if (is_bad(why) || parts_.store.probe()) return {};
  return std::unexpected(why);
}

/// Writes the mark before it ends the adoption: after a kill between the two, the adoption is repeated.
Result<> Adoption::finish() {
  if (studies_ == 0 && refused_ > 0)
    return fail(Errc::refused, "no study of this store can be added: see study_not_adopted in the log");
  const store::Marks marks = TRY(store::read_marks(parts_.store));
  const catalog::CatalogStanding standing = TRY(catalog::read_standing(parts_.database));
  if (marks.newest) epoch_ = std::max(epoch_, marks.newest->epoch);
  epoch_ = std::max(epoch_, standing.settler_epoch) + 1;
  // Each revision was an event, also of a store that has no mark yet.
  const std::int64_t revisions = TRY(catalog::count_revisions(parts_.database));
  position_ = std::max({position_, marks.position_max, standing.position, revisions}) + positions_between;
  const std::int64_t turn = std::max(marks.turn_max, standing.turn) + 1;
  // Revisions that are published again are still waiting in this catalog, and may be adopted once more.
  TRY(store::write_mark(parts_.store, {parts_.catalog_id, epoch_, position_, turn, delivered_}));
  crash_point("adopt.before_finish");
  TRY(catalog::finish_adoption(parts_.database, parts_.store.store_id(), position_, epoch_, turn));
  TRY(store::remove_marks_before(parts_.store, epoch_));
  std::int64_t dead_letters = 0;
  TRY(parts_.store.list("dead-letters", [&](const ObjectKey&) -> Result<> {
    ++dead_letters;
    return {};
  }));
  if (dead_letters > 0) {
    log::warning("dead_letters_not_adopted",
                 format("dead letters are not added: {} of them, open and discarded ones, are in {}; if the catalog "
                        "does not list them, `dicom-middleware import` of that folder processes them again",
                        dead_letters, parts_.store.uri("dead-letters")));
  }
  log::info("adopted",
            again_ == 0 ? "the catalog now lists all objects of the store; none of them is published again"
                        : format("the catalog now lists all objects of the store; published again with the next "
                                 "revision: {}, because a reader of events may not have received the last one",
                                 counted(again_, "study")),
            {{"studies", studies_},
             {"published_again", again_},
             {"instances", instances_},
             {"not_readable", unreadable_},
             {"position", position_}});
  return {};
}

}  // namespace dmw::care
