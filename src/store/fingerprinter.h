// Fingerprinter: the digests of one file, found while its bytes go by.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/file.h"
#include "model/spooled_instance.h"
#include "store/object_store.h"

namespace dmw::store {

/// One thread.
class Fingerprinter {
 public:
  /// `prefix_bytes`: where the dataset of the file begins. The file may turn out to be shorter: then all of it is
  /// prefix.
  explicit Fingerprinter(std::uint64_t prefix_bytes) { print_.prefix_bytes = prefix_bytes; }

  /// The next bytes of the file, from its first one on.
  void append(ByteView bytes);
  /// Of everything that was appended. May be called once.
  Fingerprint finish();

 private:
  void add_to_chunks(ByteView bytes);

  Fingerprint print_;
  Sha256 prefix_;
  Sha256 dataset_;
  std::uint32_t chunk_crc_ = 0;
  std::uint64_t chunk_filled_ = 0;
};

/// Reads all of a file, whose first 64 KiB tell where its dataset begins. Errors: those of the disk.
Result<Fingerprint> fingerprint_of(const File& file, const DatasetLocator& locate);

}  // namespace dmw::store
