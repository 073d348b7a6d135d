// What follows a header: wherever Pixel Data begins, and however it is encoded, the same is found in memory and in a
// file that gives out what it is asked for; and a data set without a file is named by a transfer syntax in every case.
#include <cstdint>
#include <cstdlib>

#include "base/result.h"
#include "dicom/pixel_data.h"
#include "dicom/shown_syntax.h"

namespace {

using namespace dmw;

class OnDemand final : public dicom::ByteSource {
 public:
  explicit OnDemand(ByteView bytes) : memory_(bytes) {}
  std::uint64_t size() const override { return memory_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return memory_.read_at(offset, into);
  }

 private:
  dicom::MemorySource memory_;
};

/// Pixel Data whose value begins behind the first two bytes, which say how it is written.
void follow(ByteView bytes) {
  const auto first = std::to_integer<unsigned>(bytes[0]);
  dicom::Heading pixels{.tag = dicom::tags::pixel_data, .vr = dicom::Vr::ow, .size = 0, .offset = 2};
  pixels.encoding = {.implicit = (first & 1U) != 0, .big_endian = (first & 2U) != 0};
  pixels.length = (first & 4U) != 0 ? dicom::undefined_length : std::to_integer<std::uint32_t>(bytes[1]);
  dicom::MemorySource memory(bytes);
  OnDemand file(bytes);
  const Result<dicom::PixelsEnd> known = dicom::end_of_pixels(memory, pixels, 1 << 20);
  const Result<dicom::PixelsEnd> read = dicom::end_of_pixels(file, pixels, 1 << 20);
  ASSERT(known.has_value() == read.has_value());
  ASSERT(!known || *known == *read);
  if (pixels.length != dicom::undefined_length && pixels.length + 2 > bytes.size()) ASSERT(known && known->is_cut);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  if (size >= 2) follow(bytes);
  for (const char* const agreed :
       {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50", "1.2.3"}) {
    for (const bool is_all : {false, true}) ASSERT(!dicom::shown_syntax(bytes, is_all, agreed).transfer_syntax.empty());
  }
  return 0;
}
