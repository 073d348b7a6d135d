// A spool file that is being written: the bytes of one instance go to the disk and into the digests in one pass.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/file.h"
#include "inbox/capacity.h"
#include "inbox/spool_writer.h"
#include "model/spooled_instance.h"
#include "store/fingerprinter.h"
#include "store/object_store.h"

namespace dmw::inbox {

/// The name of a temporary file. The destructor removes the file, unless it was released. Move only.
class TemporaryName {
 public:
  explicit TemporaryName(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryName(TemporaryName&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryName& operator=(TemporaryName&& other) noexcept;
  ~TemporaryName();

  const std::filesystem::path& path() const { return path_; }
  /// rename(2), without a sync. Errors: those of the disk; the name is then unchanged.
  Result<> move_to(std::filesystem::path path);
  void release() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

/// One thread. The destructor removes the file if it was not kept.
class SpoolFile {
 public:
  /// Errors: full (the inbox, the reserve or the disk), internal; the file can then only be dropped.
  Result<> append(ByteView bytes);
  /// Ends writing: writes all remaining bytes to the file. Nothing may be appended afterwards. A second call does
  /// nothing. Errors: as append().
  Result<> finish();

  /// The first bytes, at most 64 KiB: enough to read most headers without touching the disk.
  ByteView head() const { return writer_.head(); }
  std::uint64_t size() const { return size_bytes_; }
  /// After finish().
  const Fingerprint& fingerprint() const;
  /// The file, to read bytes after the head. Valid after finish(), until the file is kept.
  const File& file() const;

 private:
  friend class SpoolDirectory;
  friend class SqliteInbox;
  SpoolFile(std::filesystem::path path, File file, store::DatasetLocator locate, Room room);

  void locate_dataset();

  Room room_;  // released after the name is removed
  TemporaryName name_;
  SpoolWriter writer_;
  store::DatasetLocator locate_;
  std::optional<store::Fingerprinter> fingerprinter_;  // set when the head has shown where the dataset begins
  bool finished_ = false;
  bool failed_ = false;
  std::uint64_t size_bytes_ = 0;
  Fingerprint fingerprint_;
};

}  // namespace dmw::inbox
