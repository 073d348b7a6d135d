// The header of a file: whatever the bytes are, both readers agree on whether they can be read, the text that comes out
// is JSON and UTF-8, and a dataset begins inside the file.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "base/result.h"
#include "dicom/dicom_json.h"
#include "dicom/part10.h"
#include "dicom/read_attributes.h"

namespace {

using namespace dmw;

constexpr std::uint64_t limit_bytes = 1 << 20;

/// Hands out bytes only when asked, as a file does.
class Unbuffered final : public dicom::ByteSource {
 public:
  explicit Unbuffered(ByteView bytes) : memory_(bytes) {}
  std::uint64_t size() const override { return memory_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return memory_.read_at(offset, into);
  }

 private:
  dicom::MemorySource memory_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  ASSERT(dicom::dataset_offset(bytes) <= size || size >= dicom::head_limit_bytes);
  dicom::MemorySource source(bytes);
  const dicom::ReadOptions options{
      .limit_bytes = limit_bytes,
      .series_tags = {dicom::Tag{0x00080070}, dicom::Tag{0x00081140}, dicom::Tag{0x00400275}}};
  const Result<Attributes> attributes = dicom::read_attributes(source, options);
  const Result<dicom::Header> header = dicom::read_header(source, limit_bytes);
  ASSERT(header || !attributes);
  ASSERT(attributes || attributes.error().code == Errc::unsupported || !header);
  if (attributes) {
    const Result<Attributes> again = attributes_from_json(to_json(*attributes));
    ASSERT(again && to_json(*again) == to_json(*attributes));
  }
  if (!header) return 0;
  const Result<std::string> json = dicom::to_dicom_json(source, *header);
  if (!json) return 0;
  boost::json::error_code error;
  boost::json::parse(*json, error, {}, {.max_depth = 300});
  ASSERT(!error);
  Unbuffered file(bytes);
  const Result<dicom::Header> from_file = dicom::read_header(file, limit_bytes);
  ASSERT(from_file);
  const Result<std::string> same = dicom::to_dicom_json(file, *from_file);
  ASSERT(same && *same == *json);
  return 0;
}
