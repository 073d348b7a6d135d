// The key of an object: its path below the root of a store. Keys are immutable and contain the digest of the object, so
// a put is idempotent. No identifier from outside can lead out of the root.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/strong.h"
#include "model/uid.h"

namespace dmw {

/// Relative, segments separated by '/', each segment of [A-Za-z0-9._-] and neither "." nor "..".
using ObjectKey = Strong<struct ObjectKeyTag, std::string>;

/// `studies/<3 hex of SHA-256(study uid)>/<StudyUID>_<SopUID>.<32 hex of the dataset digest>.dcm`. A UID that is not
/// plain (is_plain_uid) is replaced by `x` + 32 hex of its SHA-256.
ObjectKey instance_key(const StudyUid& study, const SopUid& sop, const Sha256Digest& dataset);
bool is_instance_key(const ObjectKey& key);
/// Whether the instance key `key` belongs to this dataset.
bool names_dataset(const ObjectKey& key, const Sha256Digest& dataset);
/// `studies/<3 hex>/<StudyUID>_r<revision>.e<epoch>.json`: the manifest of a revision, written by the settler with this
/// epoch. So two settlers never write the same key, and a published event names exactly the manifest that belongs to
/// it. Epoch 0: `…_r<revision>.json`, as written before schema 5.
ObjectKey manifest_key(const StudyUid& study, int revision, std::int64_t epoch);
/// The fields in the key of a manifest.
struct ManifestName {
  std::string study;  // in the form used in keys
  int revision = 0;
  std::int64_t epoch = 0;
};
/// Nullopt for any other key.
std::optional<ManifestName> parse_manifest_key(const ObjectKey& key);
/// A UID in the form used in keys.
std::string name_in_keys(const StudyUid& study);
/// `studies/<3 hex>/<StudyUID>_`: the common beginning of the keys of all objects of a study.
std::string study_prefix(const StudyUid& study);
/// The identity of a file that could not be catalogued: SHA-256 over its two digests. It needs no further pass over the
/// file, and stays the same when the file has been moved.
Sha256Digest file_identity(const Sha256Digest& prefix, const Sha256Digest& dataset);
/// `dead-letters/<64 hex of file_identity>`.
ObjectKey dead_letter_key(const Sha256Digest& file_identity);

}  // namespace dmw
