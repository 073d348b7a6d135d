// InflatedSource: the inflated dataset of Deflated Explicit VR Little Endian (PS3.5 §A.5). It inflates only as far as
// it is read, and never above its limit, so a deflate bomb costs no more than the limit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dicom/byte_source.h"

namespace dmw::dicom {

/// The limit of a deflated dataset if headers may have `header_limit_bytes`: the same up to 16 MiB; above that an
/// eighth, but at least 16 MiB. Other headers are read piece by piece; this one is held in memory.
constexpr std::uint64_t inflated_share(std::uint64_t header_limit_bytes) {
  return std::max(header_limit_bytes / 8, std::min<std::uint64_t>(header_limit_bytes, 16 << 20));
}

class InflatedSource final : public ByteSource {
 public:
  /// The deflated stream begins at `offset` in `source`, which must outlive this object.
  InflatedSource(ByteSource& source, std::uint64_t offset, std::uint64_t header_limit_bytes);
  ~InflatedSource() override;

  std::uint64_t size() const override;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

  /// The number of bytes that were read from the underlying file.
  std::uint64_t consumed_bytes() const;
  /// True if the stream is in zlib format (RFC 1950), against PS3.5 §A.5. Known after the first read.
  bool is_wrapped() const;

  /// The rest of the stream.
  struct End {
    bool is_cut = false;           // the file ends before the stream, or the stream is damaged
    std::uint64_t size_bytes = 0;  // of the whole inflated stream; unknown if it is cut
    std::uint64_t offset = 0;      // of the end of the stream in the underlying file
  };
  /// Inflates the rest without keeping it. Do not read from this source afterwards. Returns nothing for a stream of
  /// more than 512 MiB. Errors: those of the underlying file.
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
