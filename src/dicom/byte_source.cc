#include "dicom/byte_source.h"

#include <algorithm>

namespace dmw::dicom {
namespace {

std::size_t copy_from(ByteView bytes, std::uint64_t offset, std::span<std::byte> into) {
  if (offset >= bytes.size()) return 0;
  const ByteView rest = bytes.subspan(static_cast<std::size_t>(offset));
  const std::size_t count = std::min(rest.size(), into.size());
  std::copy_n(rest.begin(), count, into.begin());
  return count;
}

}  // namespace

Result<std::size_t> MemorySource::read_at(std::uint64_t offset, std::span<std::byte> into) {
  return copy_from(bytes_, offset, into);
}

Result<FileSource> FileSource::of(const File& file, ByteView head) {
  return FileSource(file, TRY(file.size()), head);
}

Result<std::size_t> FileSource::read_at(std::uint64_t offset, std::span<std::byte> into) {
  if (offset < head_.size() && head_.size() - offset >= into.size()) return copy_from(head_, offset, into);
  return file_->read_at(offset, into);
}

}  // namespace dmw::dicom
