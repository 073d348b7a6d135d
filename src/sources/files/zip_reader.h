// ZipReader: the files in a zip archive (APPNOTE.TXT 6.3), one after another, each streamed in constant memory. A door
// that is given an archive takes each file in it as if it had been given alone.
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

/// What an archive may cost. The defaults let every archive pass that somebody made of images.
struct ZipLimits {
  std::uint64_t entries = 200'000;                  // files and folders
  std::uint64_t directory_bytes = 32U << 20U;       // read of the archive to learn where its files are
  std::uint64_t unpacked_bytes_free = 1ULL << 30U;  // unpacked from any archive, however small
  std::uint64_t unpacked_ratio = 100;               // and beyond that, so many times the archive's size
};

struct ZipEntry {
  std::string name;  // text for people, valid UTF-8 without control characters: never a path to open
  std::optional<std::uint64_t> size_bytes{};  // as the archive says
};

/// True for the beginning of a zip archive; at least the first 132 bytes, or all. A DICOM file whose preamble looks
/// like one is DICOM (PS3.10 §7.1).
bool is_zip(ByteView head);

/// One thread. `archive` must outlive it. Only the archive's own directory says what is in it.
class ZipReader {
 public:
  /// Errors: corrupted (no directory of an archive at its end), too_large (a limit), and those of the source.
  static Result<ZipReader> open(dicom::ByteSource& archive, const ZipLimits& limits = {});
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;
  ~ZipReader();

  /// The next file; nothing after the last. Folders and links are passed over.
  /// Errors, after which the reader is of no more use: corrupted, too_large, and those of the source.
  Result<std::optional<ZipEntry>> next();

  /// The bytes of the file that next() told of, from its first to its last; may be left out, not repeated.
  /// Errors: unsupported (encrypted, a zip within the zip, or not packed by deflate: the next file may be read),
  /// corrupted (the bytes or their CRC-32; the next file may be read), too_large (a limit: the reader is of no more
  /// use), those of the source, and those of `sink`, which end it.
  Result<> read(const std::function<Result<>(ByteView)>& sink);

 private:
  struct State;
  explicit ZipReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::sources
