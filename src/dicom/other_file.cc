#include "dicom/other_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/format.h"

namespace dmw::dicom {
namespace {

constexpr std::uint64_t mark_offset = 128;  // behind the preamble (PS3.10 §7.1)
constexpr std::string_view mark = "DICM";
constexpr std::size_t compared_bytes_max = 256;
constexpr std::uint64_t zeros_max = 1U << 20U;

Result<bool> has_mark_at(ByteSource& file, std::uint64_t offset) {
  std::array<std::byte, mark.size()> bytes{};
  if (offset > file.size()) return false;
  const std::size_t count = TRY(file.read_at(offset, bytes));
  return as_text(ByteView(bytes).first(count)) == mark;
}

/// The offset of the first byte that is not zero; the end of the file if there is none.
Result<std::uint64_t> behind_zeros(ByteSource& file, std::uint64_t offset) {
  std::array<std::byte, 4096> bytes{};
  for (std::uint64_t at = offset; at - offset < zeros_max;) {
    const std::size_t count = TRY(file.read_at(at, bytes));
    const ByteView read = ByteView(bytes).first(count);
    const auto found = std::ranges::find_if(read, [](std::byte byte) { return byte != std::byte{0}; });
    at += static_cast<std::uint64_t>(found - read.begin());
    if (found != read.end() || count == 0) return at;
  }
  return offset + zeros_max;
}

/// Without its padding. Longer than any that is valid it is cut.
Result<std::string> uid_at(ByteSource& bytes, const ValuePlace& place) {
  std::string uid(std::min<std::size_t>(place.length, compared_bytes_max), '\0');
  uid.resize(TRY(bytes.read_at(place.offset, std::as_writable_bytes(std::span(uid)))));
  while (uid.ends_with('\0') || uid.ends_with(' ')) uid.pop_back();
  return uid;
}

}  // namespace

Result<> expect_no_other_instance(ByteSource& dataset, const ValuePlace& sop_uid, const ValuePlace& further) {
  const std::string other = TRY(uid_at(dataset, further));
  if (other.empty() || other == TRY(uid_at(dataset, sop_uid))) return {};
  return fail(
      Errc::corrupted,
      format("several datasets were joined: another SOP Instance UID at byte {}; send each dataset as its own file",
             further.offset));
}

Result<> expect_no_other_file(ByteSource& file, std::uint64_t offset) {
  if (file.size() <= offset || file.size() - offset < mark_offset + mark.size()) return {};
  std::uint64_t found = offset + mark_offset;
  if (!TRY(has_mark_at(file, found))) {
    found = TRY(behind_zeros(file, offset));
    if (found < offset + mark_offset || !TRY(has_mark_at(file, found))) return {};
  }
  // The error comment of C-STORE has room for the first 64 characters.
  return fail(Errc::corrupted,
              format("several files were joined into one: another one begins at byte {}; send each file separately",
                     found - mark_offset));
}

}  // namespace dmw::dicom
