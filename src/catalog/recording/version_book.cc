#include "catalog/recording/version_book.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "catalog/rows.h"
#include "catalog/writes.h"
#include "model/origin.h"

namespace dmw::catalog {

using db::Type;

namespace {

/// How much of an instance is there: a version with more of it goes before one with less.
enum class Extent { header_only, cut, whole };

Extent extent_of(Flags flags) {
  if (flags.has(Flag::missing_pixel_data)) return Extent::header_only;
  return flags.has(Flag::truncated_pixel_data) ? Extent::cut : Extent::whole;
}

}  // namespace

Result<> VersionBook::find(std::span<const SpooledInstance> batch) {
  std::set<std::string> uids;
  for (const SpooledInstance& item : batch) uids.insert(item.header->sop_uid.get());
  db::Batch wanted({{"sop_uid", Type::text}});
  for (const std::string& uid : uids) wanted.add({uid});
  // Two halves, so that each uses the partial index of its own.
  const db::Rows rows =
      TRY(transaction_.bulk("select v.sop_uid, v.id, v.study_id, v.series_id, v.dataset_sha256, v.transfer_syntax, "
                            "v.n, v.current, v.size_bytes, v.flags "
                            "from versions v where v.sop_uid = {any sop_uid} and v.current "
                            "union all "
                            "select v.sop_uid, v.id, v.study_id, v.series_id, v.dataset_sha256, v.transfer_syntax, "
                            "v.n, v.current, v.size_bytes, v.flags "
                            "from versions v where v.sop_uid = {any sop_uid} and not v.current",
                            wanted));
  for (const db::Row& row : rows) {
    // Of a row that cannot be read, nothing that arrives is the same.
    const Sha256Digest dataset = Sha256Digest::from_bytes(row.bytes(4)).value_or(Sha256Digest());
    known_[row.text(0)].push_back(Known{row.integer(1), row.integer(2), row.integer(3), dataset, row.text(5),
                                        static_cast<int>(row.integer(6)), row.boolean(7),
                                        static_cast<std::uint64_t>(row.integer(8)),
                                        Flags::from_bits(static_cast<std::uint32_t>(row.integer(9)))});
  }
  return first_.find(transaction_, perhaps_corrected(batch));
}

/// The studies of which an instance comes again that may become the current version. Of the others, which instance came
/// first need not be known.
std::set<std::int64_t> VersionBook::perhaps_corrected(std::span<const SpooledInstance> batch) {
  std::set<std::int64_t> ids;
  std::set<std::string> met;
  std::set<std::string> met_in_part;
  for (const SpooledInstance& item : batch) {
    const std::string& sop_uid = item.header->sop_uid.get();
    const bool again = !met.insert(sop_uid).second || known_.contains(sop_uid);
    if (again && (met_in_part.contains(sop_uid) || may_take_over(item))) ids.insert(studies_.of(item).id);
    if (extent_of(item.header->flags) != Extent::whole) met_in_part.insert(sop_uid);
  }
  return ids;
}

bool VersionBook::may_take_over(const SpooledInstance& item) const {
  if (replaces_.contains(item.session.source)) return true;
  const auto known = known_.find(item.header->sop_uid.get());
  return known != known_.end() && std::ranges::any_of(known->second, [](const Known& version) {
           return extent_of(version.flags) != Extent::whole;
         });
}

VersionBook::Met VersionBook::meet(std::vector<Known>& versions, const StudyEntry& study,
                                   const SpooledInstance& item) const {
  Met met;
  for (Known& version : versions) {
    if (version.study_id != study.id) {
      met.in_another_study = true;
      continue;
    }
    ++met.versions;
    met.same_dataset |= version.dataset == item.fingerprint.dataset_sha256;
    met.same_syntax |= version.transfer_syntax == item.header->transfer_syntax;
    if (version.current) met.current = &version;
  }
  return met;
}

/// Compared with all versions, not with the current one alone: what a set of versions is called must not depend on the
/// order in which they came.
Recorded VersionBook::judge(const Met& met, const SpooledInstance& item) const {
  if (met.versions == 0) return Recorded::first;
  if (met.same_dataset) return Recorded::same;
  const Extent extent = extent_of(item.header->flags);
  const Extent current_extent = extent_of(met.current->flags);
  // The one of which more is there, by whichever door it comes, unless a person wanted the other.
  if (extent > current_extent && !met.current->flags.has(Flag::promoted)) return Recorded::replaced;
  if (!met.same_syntax) return Recorded::variant;
  const bool spoils = extent < current_extent;
  return replaces_.contains(item.session.source) && !spoils ? Recorded::replaced : Recorded::conflict;
}

void VersionBook::demote(Known& current, StudyEntry& study) {
  current.current = false;
  if (current.id != 0) demoted_.push_back(current.id);
  study.bytes -= static_cast<std::int64_t>(current.size_bytes);
  series_.changes().remove(current.series_id, current.size_bytes);
}

Recorded VersionBook::decide(const SpooledInstance& item) {
  const Attributes& a = item.header.attributes();
  StudyEntry& study = studies_.of(item);
  std::vector<Known>& versions = known_[a.sop_uid.get()];
  const Met met = meet(versions, study, item);
  const Recorded outcome = judge(met, item);
  if (outcome == Recorded::same) return outcome;

  const std::int64_t series_id = series_.id_of(study.id, a.series_uid);
  const bool is_current = outcome == Recorded::first || outcome == Recorded::replaced;
  Flags flags = a.flags;
  if (outcome == Recorded::conflict) flags |= Flag::conflict;
  if (outcome != Recorded::first && !met.same_syntax) flags |= Flag::variant;
  if (outcome == Recorded::replaced) flags |= Flag::replaced;
  if (met.in_another_study) flags |= Flag::sop_uid_reused;
  if (met.current != nullptr && met.current->series_id != series_id) flags |= Flag::series_mismatch;
  const FirstInstances::Describes describes = first_.meet(study.id, series_id, a.sop_uid);
  if (outcome == Recorded::replaced && describes.study) study.correct(item);
  if (outcome == Recorded::replaced && describes.series) series_.correct(series_id, a);
  if (study.names_another_patient(a.patient_id.reveal())) flags |= Flag::patient_mismatch;

  const std::uint64_t size = item.fingerprint.size_bytes;
  if (outcome == Recorded::first) ++study.added;
  if (outcome == Recorded::replaced) demote(*met.current, study);
  if (is_current) {
    study.bytes += static_cast<std::int64_t>(size);
    series_.changes().add(series_id, size);
  }
  study.changed = true;
  study.flags |= flags;
  study.last_received_at = std::max(study.last_received_at, item.kept_at);
  series_.changes().flag(series_id, flags);
  if (outcome != Recorded::variant) {
    if (study.opened_by == nullptr) study.opened_by = &item;
    study.newest = &item;
  }

  versions.push_back(Known{0, study.id, series_id, item.fingerprint.dataset_sha256, a.transfer_syntax, met.versions + 1,
                           is_current, size, flags});
  added_.push_back(Added{&item, versions.size() - 1, study.open_revision, flags});
  return outcome;
}

std::vector<Doubt> VersionBook::doubts() const {
  std::map<std::pair<std::string, Flag>, Doubt> doubts;
  for (const Added& added : added_) {
    for (const Flag flag : {Flag::patient_mismatch, Flag::conflict}) {
      if (!added.flags.has(flag)) continue;
      const SpooledInstance& item = *added.item;
      const auto [doubt, first] = doubts.try_emplace({item.header->study_uid.get(), flag});
      ++doubt->second.instances;
      if (!first) continue;
      doubt->second = {item.header->study_uid,
                       flag,
                       1,
                       item.header->sop_uid,
                       item.session.source,
                       origin_of(item.session, item.origin_resource)};
    }
  }
  std::vector<Doubt> list;
  for (auto& [key, doubt] : doubts) list.push_back(std::move(doubt));
  return list;
}

Result<> VersionBook::write_demotions() {
  db::Batch rows({{"id", Type::integer}});
  for (const std::int64_t id : demoted_) rows.add({id});
  // No person's choice any more.
  TRY(change_all(transaction_, "versions",
                 format("update versions set current = false, flags = flags & ~{} where id = {{any id}}",
                        static_cast<std::uint32_t>(Flag::promoted)),
                 "not current", rows));
  return {};
}

Result<> VersionBook::write() {
  TRY(write_demotions());
  if (added_.empty()) return {};
  db::Batch rows({{"study_id", Type::integer},
                  {"series_id", Type::integer},
                  {"session_id", Type::integer},
                  {"size_bytes", Type::integer},
                  {"prefix_bytes", Type::integer},
                  {"header_bytes", Type::integer},
                  {"received_at", Type::integer},
                  {"revision", Type::integer},
                  {"instance_number", Type::integer},
                  {"frames", Type::integer},
                  {"pixel_rows", Type::integer},
                  {"pixel_columns", Type::integer},
                  {"bits", Type::integer},
                  {"n", Type::integer},
                  {"flags", Type::integer},
                  {"is_current", Type::boolean},
                  {"sop_class", Type::text},
                  {"transfer_syntax", Type::text},
                  {"sop_uid", Type::text},
                  {"dataset_sha256", Type::bytes},
                  {"prefix_sha256", Type::bytes},
                  {"chunk_crc32c", Type::bytes}});
  for (const Added& added : added_) {
    const SpooledInstance& item = *added.item;
    const Attributes& a = item.header.attributes();
    const Fingerprint& print = item.fingerprint;
    // As it stands after the whole batch: a later one of it may have replaced this one.
    const Known& version = known_.at(a.sop_uid.get()).at(added.known);
    rows.add({version.study_id,
              version.series_id,
              item.session.id.get(),
              static_cast<std::int64_t>(print.size_bytes),
              static_cast<std::int64_t>(print.prefix_bytes),
              static_cast<std::int64_t>(a.header_bytes),
              item.kept_at,
              std::int64_t{added.revision},
              db::value_or_null(a.instance_number),
              db::value_or_null(a.frames),
              db::value_or_null(a.rows),
              db::value_or_null(a.columns),
              small(a.bits_allocated),
              std::int64_t{version.n},
              static_cast<std::int64_t>(added.flags.bits()),
              version.current,
              a.sop_class,
              a.transfer_syntax,
              a.sop_uid.get(),
              db::blob(print.dataset_sha256.view()),
              db::blob(print.prefix_sha256.view()),
              db::blob(as_bytes(print.chunk_crc32c))});
  }
  TRY(write_all(transaction_, "versions",
                "insert into versions(study_id, series_id, session_id, size_bytes, prefix_bytes, "
                "header_bytes, received_at, revision, "
                "instance_number, frames, rows, columns, bits, n, flags, current, sop_class, "
                "transfer_syntax, sop_uid, dataset_sha256, "
                "prefix_sha256, chunk_crc32c) "
                "select study_id, series_id, session_id, size_bytes, prefix_bytes, header_bytes, "
                "received_at, revision, instance_number, frames, "
                "pixel_rows, pixel_columns, bits, n, flags, is_current, sop_class, transfer_syntax, sop_uid, "
                "dataset_sha256, prefix_sha256, "
                "chunk_crc32c from batch",
                rows));
  return {};
}

}  // namespace dmw::catalog
