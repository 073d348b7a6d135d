// Where an object lies below the root of any store. Keys are immutable and carry the digest of what they name, so that
// a put is idempotent and no hostile identifier can leave the root.
#pragma once

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
/// `studies/<3 hex>/<StudyUID>_r<revision>.json`: the manifest of a revision.
ObjectKey manifest_key(const StudyUid& study, int revision);
/// `studies/<3 hex>/<StudyUID>_`: what the keys of all objects of a study begin with.
std::string study_prefix(const StudyUid& study);
/// What a file that could not be recorded is known by: SHA-256 over its two digests, so that it needs no third pass and
/// is known again when its bytes have moved already.
Sha256Digest file_identity(const Sha256Digest& prefix, const Sha256Digest& dataset);
/// `dead-letters/<64 hex of file_identity>`.
ObjectKey dead_letter_key(const Sha256Digest& file_identity);

}  // namespace dmw
