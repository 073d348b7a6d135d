// Adoption: takes the objects of a store into a catalog that does not know them: an empty one, another one, or an
// older copy.
//
// It works directory by directory. Published and erased studies, which the manifests list, are taken in without an
// event. An instance that no manifest names was never published; it is published with the next revision of its study.
// So is a study whose newest event may not have reached Kafka. Revisions, epochs and event positions continue above the
// highest in the store. It can be stopped at any time and continues later.
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
    std::chrono::milliseconds erase_grace{};  // for the remaining objects of erased studies
  };

  explicit Adoption(const Parts& parts);

  /// Runs the adoption; nothing else may use the catalog meanwhile. No effect if the catalog already belongs to this
  /// store; the log says so. Asks `stopped` after each batch. A study or an instance that the catalog refuses stays in
  /// the store, with a line in the log; the others go on. Errors: conflict (the catalog belongs to another store),
  /// cancelled (stopped), and those of the store and the database.
  Result<> run(const std::function<bool()>& stopped);

 private:
  using Entries = std::vector<ReadManifest::Entry>;
  /// The objects of one study in a directory.
  struct Found {
    std::vector<std::pair<ManifestName, ObjectKey>> manifests;
    std::vector<ObjectKey> instances;
  };

  Result<> adopt(int shard, const std::function<bool()>& stopped);
  Result<> adopt(const std::string& name, Found found, const std::function<bool()>& stopped);
  /// Fills `study` from the manifests. Returns the newest manifest that can be read, nothing if none can.
  /// `in_doubt`: the highest revision whose manifest cannot be read, and which may therefore be an erasure; 0: none.
  Result<std::optional<ReadManifest>> judge(Found& found, catalog::StoredStudy& study, int& in_doubt);
  /// Leaves a study that the catalog refuses in the store. Errors: `why`, if not only this study is refused.
  Result<> leave_refused(const std::string& name, std::size_t instances, const Error& why);
  void leave_in_doubt(const std::string& name, int revision, std::size_t instances);
  Result<StudyUid> uid_of(const std::string& name, const Found& found, const std::optional<ReadManifest>& newest);
  Result<> adopt_instances(const catalog::AdoptedStudy& adopted, const catalog::StoredStudy& study,
                           const std::vector<ObjectKey>& stored, const Entries& published,
                           const std::function<bool()>& stopped);
  /// Records in this order. `flags`: the flags that are known from elsewhere than the headers.
  Result<> record(const std::vector<ObjectKey>& keys, const std::map<ObjectKey, Flags>& flags, int life,
                  const std::function<bool()>& stopped);
  Result<> record(std::vector<SpooledInstance>& batch, int life);
  Result<> record_each(std::span<const SpooledInstance> items, const catalog::Lives& lives);
  Result<> is_alone_at_fault(const Error& why);
  Result<> finish();

  const Parts parts_;
  Session session_;
  /// Kafka has the events up to this position, and perhaps not those after it. Nothing: unknown.
  std::optional<std::int64_t> delivered_;
  std::int64_t again_ = 0;     // studies that are published again for that reason
  std::int64_t position_ = 0;  // the newest event in the manifests and marks
  std::int64_t epoch_ = 0;     // the newest settler in the manifests and marks
  std::int64_t studies_ = 0;
  std::int64_t instances_ = 0;
  std::int64_t unreadable_ = 0;
  int refused_ = 0;  // studies
};

}  // namespace dmw::care
