// A spooled instance: acknowledged, in the inbox, not yet in the catalog. The unit of ingest work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/digest.h"
#include "model/header_reading.h"
#include "model/object_key.h"
#include "model/session.h"

namespace dmw {

/// Sizes and digests of a file, computed in one pass while it was written.
struct Fingerprint {
  std::uint64_t size_bytes = 0;
  std::uint64_t prefix_bytes = 0;  // preamble and File Meta Information; the dataset is the rest
  Sha256Digest dataset_sha256;     // the identity: the same image has the same dataset at every intake
  Sha256Digest prefix_sha256;
  std::string chunk_crc32c;  // 4 bytes, big endian, for each started MiB of the file
};

struct SpooledInstance {
  std::int64_t seq = 0;
  Session session;
  std::filesystem::path file;  // in the spool
  Fingerprint fingerprint;
  HeaderReading header;
  std::string origin_resource;    // the source's name for it (an Orthanc instance id, a file), or empty
  std::string origin_tag;         // a tag that changes at the source when the bytes change
  std::optional<Uuid> replay_of;  // the dead letter that this instance replays
  MicrosUtc kept_at = 0;
  int attempts = 0;
  bool survived_unclean_end = false;  // kept before the last unclean end: compare the digest before trusting the file
};

/// Its id in the Orthanc that it came from; empty for other sources.
inline std::string orthanc_resource_of(const SpooledInstance& item) {
  return item.session.kind == SessionKind::folder ? "" : item.origin_resource;
}

/// Its key in the store. Precondition: its header is readable.
inline ObjectKey key_of(const SpooledInstance& item) {
  return instance_key(item.header->study_uid, item.header->sop_uid, item.fingerprint.dataset_sha256);
}

}  // namespace dmw
