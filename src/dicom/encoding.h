// How the elements of a dataset are written (PS3.5 §7.1, §7.3, §A), and the reading of one element's heading.
#pragma once

#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "dicom/tag.h"
#include "dicom/vr.h"

namespace dmw::dicom {

struct Encoding {
  bool implicit = false;
  bool big_endian = false;
  bool operator==(const Encoding&) const = default;
};

inline constexpr std::uint32_t undefined_length = 0xFFFFFFFFU;

template <typename T>
inline T load(const std::byte* from, bool big_endian) {
  T value;
  std::memcpy(&value, from, sizeof value);
  if (big_endian) [[unlikely]] {
    if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
  }
  return value;
}

inline Tag load_tag(const std::byte* from, bool big_endian) {
  const std::uint32_t group = load<std::uint16_t>(from, big_endian);
  return Tag{group << 16U | load<std::uint16_t>(from + 2, big_endian)};
}

inline Vr load_vr(const std::byte* from) {
  return vr_of(std::to_integer<unsigned char>(from[0]), std::to_integer<unsigned char>(from[1]));
}

/// What stands before a value.
struct Heading {
  Tag tag{};
  Vr vr = Vr::none;  // `none` in implicit encodings: the dictionary knows
  Encoding encoding{};
  std::uint8_t size = 8;  // of the heading itself
  std::uint32_t length = 0;
  std::uint64_t offset = 0;  // of the heading

  std::uint64_t value_offset() const { return offset + size; }
};

/// Which of implicit and explicit (and, with `endian_too`, which byte order) the first heading of a dataset or item
/// shows; `declared` when it does not say. `first` holds at least 8 bytes, `available` counts those of the container.
Encoding recognised(ByteView first, std::uint64_t available, Encoding declared, bool endian_too);

/// The dataset encoding that a transfer syntax declares (PS3.5 §A). Unknown and encapsulated ones are explicit little.
Encoding declared_encoding(std::string_view transfer_syntax);
bool is_deflated(std::string_view transfer_syntax);

/// Other readings of a heading that makes no sense as it stands: implicit in the middle of explicit, a 16-bit length
/// where 32 belong, an unknown VR. `around` are the bytes from its start, `container_end` where its container ends.
/// Only a reading after which something plausible follows is returned; `peek(offset)` gives the 4 bytes there, or null.
template <typename Peek>
std::optional<Heading> other_reading(ByteView around, Heading heading, std::uint64_t container_end, Peek peek) {
  const bool big = heading.encoding.big_endian;
  const auto fits = [&](std::uint8_t size, std::uint32_t length) {
    const std::uint64_t end = heading.offset + size + length;
    if (end > container_end) return false;
    if (end == container_end) return true;
    const std::byte* next = peek(end);
    if (next == nullptr) return false;
    const Tag tag = load_tag(next, big);
    return tag > heading.tag && (group(tag) == 0xFFFE || group(tag) - group(heading.tag) < 0x1000);
  };
  const std::byte* const at = around.data();
  const auto is_letter = [&](std::size_t i) { return at[i] >= std::byte{'A'} && at[i] <= std::byte{'Z'}; };
  heading.vr = load_vr(at + 4);
  const std::uint32_t implicit_length = load<std::uint32_t>(at + 4, big);
  const std::uint32_t short_length = load<std::uint16_t>(at + 6, big);
  const bool letters = is_letter(4) && is_letter(5);
  const auto read_as = [&](Vr vr, std::uint8_t size, std::uint32_t length) {
    heading.vr = vr;
    heading.size = size;
    heading.length = length;
    return heading;
  };
  // PS3.5 §6.2: a VR of the future has the long form.
  if (letters && around.size() >= 12) {
    const std::uint32_t long_length = load<std::uint32_t>(at + 8, big);
    if (fits(12, long_length)) return read_as(heading.vr, 12, long_length);
  }
  if (!letters && fits(8, implicit_length)) return read_as(Vr::none, 8, implicit_length);
  if (fits(8, short_length)) return read_as(heading.vr, 8, short_length);
  if (letters && fits(8, implicit_length)) return read_as(Vr::none, 8, implicit_length);
  return std::nullopt;
}

}  // namespace dmw::dicom
