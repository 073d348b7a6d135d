// Fingerprinter: computes the digests of one file while its bytes are received.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "model/spooled_instance.h"
#include "store/object_store.h"

namespace dmw::store {

/// One thread.
class Fingerprinter {
 public:
  /// `prefix_bytes`: offset of the dataset in the file. If the file is shorter, all of it is prefix.
  explicit Fingerprinter(std::uint64_t prefix_bytes) { print_.prefix_bytes = prefix_bytes; }

  /// Adds the next bytes of the file, beginning with its first byte.
  void append(ByteView bytes);
  /// The digests of all appended bytes. Call it once.
  Fingerprint finish();

 private:
  void add_to_chunks(ByteView bytes);

  Fingerprint print_;
  Sha256 prefix_;
  Sha256 dataset_;
  std::uint32_t chunk_crc_ = 0;
  std::uint64_t chunk_filled_ = 0;
};

/// The same where the offset of the dataset is not known before. One thread.
class StreamFingerprinter {
 public:
  explicit StreamFingerprinter(DatasetLocator locate) : locate_(std::move(locate)) {}

  void append(ByteView bytes);
  /// Call it once.
  Fingerprint finish();

 private:
  void begin();

  DatasetLocator locate_;
  std::string head_;  // until it is long enough to find the dataset
  std::optional<Fingerprinter> print_;
};

/// Reads a whole file. `locate` finds the offset of its dataset in the first 64 KiB. Errors: those of the disk.
Result<Fingerprint> fingerprint_of(const File& file, const DatasetLocator& locate);

}  // namespace dmw::store
