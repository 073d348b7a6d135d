// A spool file being written: the bytes of one instance go to the disk and through the digests at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "inbox/capacity.h"
#include "model/spooled_instance.h"
#include "store/object_store.h"

namespace dmw::inbox {

/// The name of a file that goes when its owner does, unless it was released. Move only.
class TemporaryName {
 public:
  explicit TemporaryName(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryName(TemporaryName&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryName& operator=(TemporaryName&& other) noexcept;
  ~TemporaryName();

  const std::filesystem::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

/// The first bytes of a file. Each thread keeps the room of the last one it is done with: to allocate and free so much
/// for every file costs more than the copy. Move only.
class Head {
 public:
  static constexpr std::size_t bytes_max = 64U * 1024U;

  Head();
  Head(Head&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Head& operator=(Head&& other) noexcept;
  ~Head();

  ByteView bytes() const { return as_bytes(bytes_); }
  bool is_full() const { return bytes_.size() == bytes_max; }
  /// As many as there is room for; returns the others.
  ByteView take(ByteView bytes);

 private:
  std::string bytes_;
};

/// One thread. Unlinks the file when it is destroyed without having been kept.
class SpoolFile {
 public:
  /// Errors: full (the inbox, the reserve or the disk), internal; the file can then only be dropped.
  Result<> append(ByteView bytes);
  /// The first bytes, at most 64 KiB: enough to read most headers without touching the disk.
  ByteView head() const { return head_.bytes(); }
  std::uint64_t size() const { return fingerprint_.size_bytes; }
  /// To read back what lies behind the head. Stays open until the file is kept.
  const File& file() const { return file_; }

  /// Ends writing. After it append must not be called.
  const Fingerprint& finish();

 private:
  friend class SpoolDirectory;
  friend class SqliteInbox;
  SpoolFile(std::filesystem::path path, File file, store::DatasetLocator locate, Room room);

  void locate_dataset();
  void digest(ByteView bytes);
  void add_to_chunks(ByteView bytes);

  Room room_;  // given back after the name is gone
  TemporaryName name_;
  File file_;
  store::DatasetLocator locate_;
  Head head_;
  bool located_ = false;
  bool finished_ = false;
  bool failed_ = false;
  std::uint64_t digested_ = 0;
  Sha256 prefix_;
  Sha256 dataset_;
  std::uint32_t chunk_crc_ = 0;
  std::uint64_t chunk_filled_ = 0;
  Fingerprint fingerprint_;
};

}  // namespace dmw::inbox
