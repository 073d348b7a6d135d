// ZipReader: the files in a zip archive (APPNOTE.TXT 6.3), one after another, each streamed in constant memory. An
// intake treats each file of an archive as if it had been sent alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "dicom/byte_source.h"

namespace dmw::sources {

/// Limits for an archive. The defaults accept every usual archive of images.
struct ZipLimits {
  std::uint64_t entries = 200'000;                  // files and folders
  std::uint64_t directory_bytes = 32U << 20U;       // bytes of the central directory
  std::uint64_t unpacked_bytes_free = 1ULL << 30U;  // unpacked bytes that every archive may have
  std::uint64_t unpacked_ratio = 100;               // beyond that, the largest ratio of unpacked bytes to archive size
};

struct ZipEntry {
  std::string name;  // text for people, valid UTF-8 without control characters: never a path to open
  std::optional<std::uint64_t> size_bytes{};  // as the archive says
};

/// Whether `head` (at least the first 132 bytes, or all) begins a zip archive. A DICOM file whose preamble looks like
/// one counts as DICOM (PS3.10 §7.1).
bool is_zip(ByteView head);

/// One thread. `archive` must outlive it. Only the central directory of the archive decides which files it has.
class ZipReader {
 public:
  /// Errors: corrupted (no central directory at the end), too_large (a limit), and those of the source.
  static Result<ZipReader> open(dicom::ByteSource& archive, const ZipLimits& limits = {});
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;
  ~ZipReader();

  /// The next file; nullopt after the last one. Folders and links are skipped. Errors, after which the reader must not
  /// be used: corrupted, too_large, and those of the source.
  Result<std::optional<ZipEntry>> next();

  /// Reads the bytes of the file from next(), at most once. Errors after which the next file can be read: unsupported
  /// (encrypted, a zip within the zip, or not compressed with deflate), corrupted (the bytes or their CRC-32). Other
  /// errors, after which the reader must not be used: too_large (a limit), those of the source, and those of `sink`.
  Result<> read(const std::function<Result<>(ByteView)>& sink);

 private:
  struct State;
  explicit ZipReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::sources
