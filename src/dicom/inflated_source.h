// InflatedSource: the dataset of Deflated Explicit VR Little Endian (PS3.5 §A.5) as if it had not been deflated.
// Inflates as far as it is asked to, and never more than its limit, so a deflate bomb costs its limit and no more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dicom/byte_source.h"

namespace dmw::dicom {

/// What a deflated dataset may inflate to where a header may have `header_limit_bytes`: all of it up to 16 MiB, and
/// beyond that an eighth, but at least 16 MiB. Every other header is read piece by piece; this one is in memory.
constexpr std::uint64_t inflated_share(std::uint64_t header_limit_bytes) {
  return std::max(header_limit_bytes / 8, std::min<std::uint64_t>(header_limit_bytes, 16 << 20));
}

class InflatedSource final : public ByteSource {
 public:
  /// The deflated stream begins at `offset` of `source`, which must outlive this.
  InflatedSource(ByteSource& source, std::uint64_t offset, std::uint64_t header_limit_bytes);
  ~InflatedSource() override;

  std::uint64_t size() const override;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

  /// Bytes of the underlying file that have been read.
  std::uint64_t consumed_bytes() const;
  /// The stream has a zlib wrapping (RFC 1950), against PS3.5 §A.5. Known once something was read.
  bool is_wrapped() const;

  /// How the stream goes on behind what was read.
  struct End {
    bool is_cut = false;           // the file ends before its stream does, or what follows is damaged
    std::uint64_t size_bytes = 0;  // of all that is inflated; not known of a stream that is cut
    std::uint64_t offset = 0;      // of what follows the stream in the underlying file
  };
  /// Inflates the rest without keeping it; nothing is read from this source afterwards. Nothing is known of a stream
  /// of more than 512 MiB. Errors: those of the underlying file.
  Result<std::optional<End>> finish();

 private:
  struct Stream;

  Result<> refill();
  Result<> inflate_some();

  ByteSource& source_;
  std::uint64_t start_;
  std::uint64_t limit_bytes_;
  std::unique_ptr<Stream> stream_;
  std::vector<std::byte> inflated_;
};

}  // namespace dmw::dicom
