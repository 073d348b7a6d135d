// Adoption: the objects of a store come into a catalog that does not know them: an empty one, another one, or an older
// copy.
//
// Directory by directory. The manifests say what was published and what was erased: that is taken in without an event.
// An instance that no manifest names was never published; it is, with the next revision of its study. So is a study
// whose newest event may not have left the catalog that is lost. Revisions, epochs
// and event positions go on above the highest that the store knows. It may be stopped at any moment, and goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "care/stored_manifest.h"
#include "catalog/adopting.h"
#include "catalog/recording.h"
#include "dicom/read_attributes.h"
#include "store/object_store.h"

namespace dmw::care {

class Adoption {
 public:
  struct Parts {
    db::Database& database;
    store::ObjectStore& store;
    catalog::Recorder& recorder;  // without sources that replace
    const Clock& clock;
    const dicom::ReadOptions& read;
    Uuid catalog_id;
    std::chrono::milliseconds erase_grace{};  // for what is left of erased studies
  };

  explicit Adoption(const Parts& parts);

  /// While nothing else uses the catalog. Does nothing, and says so, when the catalog belongs to this store already.
  /// `stopped` is asked after each batch. A study or an instance that the catalog refuses is told, left in the store,
  /// and keeps no other. Errors: conflict (the catalog belongs to another store), cancelled (stopped), and those of the
  /// store and the database.
  Result<> run(const std::function<bool()>& stopped);

 private:
  using Entries = std::vector<ReadManifest::Entry>;
  /// What lies in a directory under the name of one study.
  struct Found {
    std::vector<std::pair<ManifestName, ObjectKey>> manifests;
    std::vector<ObjectKey> instances;
  };

  Result<> adopt(int shard, const std::function<bool()>& stopped);
  Result<> adopt(const std::string& name, Found found, const std::function<bool()>& stopped);
  /// Fills what the manifests say; the newest one that can be read is returned, nothing where there is none.
  /// `in_doubt`: the highest revision whose manifest cannot be read, so that it may be an erasure; 0: none.
  Result<std::optional<ReadManifest>> judge(Found& found, catalog::StoredStudy& study, int& in_doubt);
  /// What the catalog refuses of one study keeps no other. Errors: `why`, where it is not of this study alone.
  Result<> leave_refused(const std::string& name, std::size_t instances, const Error& why);
  void leave_in_doubt(const std::string& name, int revision, std::size_t instances);
  Result<StudyUid> uid_of(const std::string& name, const Found& found, const std::optional<ReadManifest>& newest);
  Result<> adopt_instances(const catalog::AdoptedStudy& adopted, const catalog::StoredStudy& study,
                           const std::vector<ObjectKey>& stored, const Entries& published,
                           const std::function<bool()>& stopped);
  /// In this order. `flags`: what is known of them beside what their headers say.
  Result<> record(const std::vector<ObjectKey>& keys, const std::map<ObjectKey, Flags>& flags, int life,
                  const std::function<bool()>& stopped);
  Result<> record(std::vector<SpooledInstance>& batch, int life);
  Result<> record_each(std::span<const SpooledInstance> items, const catalog::Lives& lives);
  Result<> is_alone_at_fault(const Error& why);
  Result<> finish();

  const Parts parts_;
  Session session_;
  /// What was written behind this position may not have left the catalog that wrote it; nothing: that is not known.
  std::optional<std::int64_t> delivered_;
  std::int64_t again_ = 0;     // studies that are published again therefore
  std::int64_t position_ = 0;  // of the newest event that a manifest or a mark knows
  std::int64_t epoch_ = 0;     // of the newest settler, likewise
  std::int64_t studies_ = 0;
  std::int64_t instances_ = 0;
  std::int64_t unreadable_ = 0;
  int refused_ = 0;  // studies
};

}  // namespace dmw::care
