// Where an object lies below the root of any store. Keys are immutable and carry the digest of what they name, so that
// a put is idempotent and no hostile identifier can leave the root.
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

/// `studies/<3 hex of SHA-256(study uid)>/<StudyUID>_<SopUID>.<32 hex of the dataset digest>.dcm`.
/// A UID that is not plain (is_plain_uid) stands as `x` + 32 hex of its SHA-256.
ObjectKey instance_key(const StudyUid& study, const SopUid& sop, const Sha256Digest& dataset);
bool is_instance_key(const ObjectKey& key);
/// Whether `key`, which is that of an instance, names this data set.
bool names_dataset(const ObjectKey& key, const Sha256Digest& dataset);
/// `studies/<3 hex>/<StudyUID>_r<revision>.e<epoch>.json`: the manifest of a revision, as the settler with this epoch
/// writes it. So two settlers never write the same manifest, and the name in a published event is that of the one that
/// was published. Epoch 0: `…_r<revision>.json`, as programs before schema 5 wrote it.
ObjectKey manifest_key(const StudyUid& study, int revision, std::int64_t epoch);
/// What the key of a manifest says.
struct ManifestName {
  std::string study;  // as it stands in keys
  int revision = 0;
  std::int64_t epoch = 0;
};
/// Nothing for any other key.
std::optional<ManifestName> parse_manifest_key(const ObjectKey& key);
/// A UID as it stands in keys.
std::string name_in_keys(const StudyUid& study);
/// `studies/<3 hex>/<StudyUID>_`: what the keys of all objects of a study begin with.
std::string study_prefix(const StudyUid& study);
/// What a file that could not be recorded is known by: SHA-256 over its two digests, so that it needs no third pass and
/// is known again when its bytes have moved already.
Sha256Digest file_identity(const Sha256Digest& prefix, const Sha256Digest& dataset);
/// `dead-letters/<64 hex of file_identity>`.
ObjectKey dead_letter_key(const Sha256Digest& file_identity);

}  // namespace dmw
