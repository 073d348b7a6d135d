// A manifest as it is read back from a store (events/manifest.cc writes it).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/flags.h"
#include "model/object_key.h"
#include "store/object_store.h"

namespace dmw::care {

struct ReadManifest {
  StudyUid study;
  std::int64_t after_position = 0;  // its event came behind this position
  struct Entry {
    ObjectKey key;
    std::string sop_uid;
    Flags flags;
  };
  std::vector<Entry> instances;  // empty: the study was erased

  bool is_tombstone() const { return instances.empty(); }
};

/// Errors: corrupted (not a manifest, or larger than 512 MiB), and those of the store.
Result<ReadManifest> read_manifest(store::ObjectStore& store, const ObjectKey& key);
/// Whether it says that the study was erased, from its first bytes. Errors: as above.
Result<bool> is_tombstone(store::ObjectStore& store, const ObjectKey& key);

}  // namespace dmw::care
