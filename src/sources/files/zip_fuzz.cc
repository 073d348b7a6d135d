// A zip archive: whatever the bytes are, what comes out is bounded, and every name is text.
#include <cstdint>

#include "base/result.h"
#include "http/target.h"
#include "sources/files/zip_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dmw;
  constexpr std::uint64_t unpacked_max = 1 << 20;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  dicom::MemorySource source(bytes);
  const sources::ZipLimits limits{
      .entries = 100, .directory_bytes = 1 << 20, .unpacked_bytes_free = unpacked_max, .unpacked_ratio = 1};
  Result<sources::ZipReader> reader = sources::ZipReader::open(source, limits);
  if (!reader) return 0;
  std::uint64_t unpacked = 0;
  for (std::uint64_t entries = 0;; ++entries) {
    const Result<std::optional<sources::ZipEntry>> entry = reader->next();
    if (!entry || !*entry) return 0;
    ASSERT(entries < limits.entries);
    ASSERT(http::is_utf8((*entry)->name) && !(*entry)->name.empty());
    if (entries % 4 == 3) continue;
    const Result<> read = reader->read([&](ByteView piece) -> Result<> {
      unpacked += piece.size();
      return {};
    });
    ASSERT(unpacked <= std::max<std::uint64_t>(unpacked_max, size));
    if (!read) ASSERT(read.error().code != Errc::internal);
  }
}
