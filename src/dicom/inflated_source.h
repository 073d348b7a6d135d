// InflatedSource: the dataset of Deflated Explicit VR Little Endian (PS3.5 §A.5) as if it had not been deflated.
// Inflates as far as it is asked to, and never more than its limit, so a deflate bomb costs its limit and no more.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dicom/byte_source.h"

namespace dmw::dicom {

class InflatedSource final : public ByteSource {
 public:
  /// The deflated stream begins at `offset` of `source`, which must outlive this.
  InflatedSource(ByteSource& source, std::uint64_t offset, std::uint64_t limit_bytes);
  ~InflatedSource() override;

  std::uint64_t size() const override;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

  /// Bytes of the underlying file that have been read.
  std::uint64_t consumed_bytes() const;

 private:
  struct Stream;

  Result<> inflate_some();

  ByteSource& source_;
  std::uint64_t start_;
  std::uint64_t limit_bytes_;
  std::unique_ptr<Stream> stream_;
  std::vector<std::byte> inflated_;
};

}  // namespace dmw::dicom
