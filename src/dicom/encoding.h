// How the elements of a dataset are written (PS3.5 §7.1, §7.3, §A), and the reading of one element's heading.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "dicom/dictionary.h"
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

/// Where a value stands.
struct ValuePlace {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  bool operator==(const ValuePlace&) const = default;
};

/// So many elements in a row that read well are proof of an encoding.
inline constexpr unsigned proof_elements = 4;
/// An encoding that was not declared shows that many; one element may look like anything.
inline constexpr unsigned proof_of_another = 2;
/// No more bytes are looked at for it.
inline constexpr std::uint64_t proof_bytes = 1024 * 1024;

/// How many elements from `at` on read well under `encoding`, one behind the other: their tags ascend, or are in the
/// dictionary. At most proof_elements, which is also the answer when they lead exactly to `end`, to the delimiter of an
/// item, or into a sequence. `peek(offset, count)` gives the bytes there, or null; at `reach` and beyond nobody looks.
template <typename Peek>
unsigned elements_in_a_row(std::uint64_t at, std::uint64_t end, std::uint64_t reach, Encoding encoding, Peek peek) {
  const bool big = encoding.big_endian;
  Tag last{};
  for (unsigned count = 0; count < proof_elements; ++count) {
    if (at == end) return count == 0 ? 0 : proof_elements;
    const std::byte* heading = end - at < 8 || at >= reach ? nullptr : peek(at, 8);
    if (heading == nullptr) return count;
    const Tag tag = load_tag(heading, big);
    // An item never follows an element: its heading shows that a sequence was taken for a leaf.
    if (group(tag) == 0xFFFE) return count == 0 || tag == tags::item ? count : proof_elements;
    if (count > 0 && tag <= last && keyword_of(tag).empty()) return count;
    last = tag;
    std::uint64_t value = at + 8;
    std::uint32_t length = 0;
    if (encoding.implicit) {
      length = load<std::uint32_t>(heading + 4, big);
    } else {
      const Vr vr = load_vr(heading + 4);
      if (vr == Vr::none) return count;
      length = load<std::uint16_t>(heading + 6, big);
      if (has_long_form(vr)) {
        heading = peek(at, 12);
        if (heading == nullptr) return count;
        value = at + 12;
        length = load<std::uint32_t>(heading + 8, big);
      }
    }
    if (length == undefined_length) {
      const std::byte* const item = peek(value, 4);
      return item != nullptr && group(load_tag(item, big)) == 0xFFFE ? proof_elements : count;
    }
    if (value > end || length > end - value) return count;
    at = value + length;
  }
  return proof_elements;
}

/// Which of implicit and explicit (and, with `endian_too`, which byte order) the elements at the beginning of a dataset
/// or item show. It is `declared`, unless its own reading leads nowhere and at least `proof` elements in a row, and
/// more than under `declared`, read well in another way. A length in implicit VR may spell a VR, so the first heading
/// alone proves nothing: where `declared` leads from element to element or to the end, it stays.
template <typename Peek>
Encoding recognised(std::uint64_t at, std::uint64_t end, Encoding declared, bool endian_too, unsigned proof,
                    Peek peek) {
  const std::byte* const first = end - at < 8 ? nullptr : peek(at, 8);
  if (first == nullptr || group(load_tag(first, declared.big_endian)) == 0xFFFE) return declared;
  Encoding other{.implicit = load_vr(first + 4) == Vr::none, .big_endian = declared.big_endian};
  if (endian_too) {
    // No group above 00FF begins a dataset, and every one below it looks larger in the wrong byte order.
    const auto little = load<std::uint16_t>(first, false);
    const auto big = load<std::uint16_t>(first, true);
    if (little != big && std::min(little, big) < 0x100) other.big_endian = big < little;
  }
  if (other == declared) [[likely]]
    return declared;
  const unsigned as_declared = elements_in_a_row(at, end, end, declared, peek);
  if (as_declared >= proof_elements) return declared;
  const unsigned shown = elements_in_a_row(at, end, std::min(end, at + proof_bytes), other, peek);
  return shown >= proof && shown > as_declared ? other : declared;
}

/// How a transfer syntax writes Pixel Data (7FE0,0010): PS3.5 §A.1 to §A.4. Of those that are not the Standard's, or
/// have no Pixel Data, nothing is known.
enum class PixelForm : std::uint8_t { native, encapsulated, unknown };
PixelForm pixel_form(std::string_view transfer_syntax);

/// The transfer syntax without compression that has this encoding; empty when none has.
std::string_view syntax_of(Encoding encoding);

/// The dataset encoding that a transfer syntax declares (PS3.5 §A). Unknown and encapsulated ones are explicit little.
Encoding declared_encoding(std::string_view transfer_syntax);
bool is_deflated(std::string_view transfer_syntax);

/// How well an element that ends at `end` would stand in explicit VR, by what follows it: 2 where that is an element
/// with a VR, a delimiter or the end of the container, 1 where it is at least a tag that may follow, else 0.
template <typename Peek>
unsigned proof_behind(const Heading& heading, std::uint64_t end, std::uint64_t container_end, Peek peek) {
  if (end >= container_end) return end == container_end ? 2 : 0;
  const std::byte* const next = peek(end, 4);
  if (next == nullptr) return 0;
  const Tag tag = load_tag(next, heading.encoding.big_endian);
  if (tag <= heading.tag) return 0;
  if (group(tag) == 0xFFFE) return 2;
  const bool is_near = group(tag) - group(heading.tag) < 0x1000;
  const bool is_known = !keyword_of(tag).empty();
  if (!is_near && !is_known) return 0;
  const std::byte* const whole = peek(end, 8);
  return whole != nullptr && load_vr(whole + 4) != Vr::none ? 2 : 1;
}

/// Other readings of a heading that makes no sense as it stands: implicit in the middle of explicit, a 16-bit length
/// where 32 belong, an unknown VR. `around` are the bytes from its start, `container_end` where its container ends.
/// Only a reading after which something plausible follows is returned, and the one with the best proof of them;
/// `peek(offset, count)` gives the bytes there, or null.
template <typename Peek>
std::optional<Heading> other_reading(ByteView around, Heading heading, std::uint64_t container_end, Peek peek) {
  if (around.size() < 8) return std::nullopt;
  const bool big = heading.encoding.big_endian;
  const std::byte* const at = around.data();
  const auto is_letter = [&](std::size_t i) { return at[i] >= std::byte{'A'} && at[i] <= std::byte{'Z'}; };
  const bool letters = is_letter(4) && is_letter(5);
  const Vr vr = load_vr(at + 4);
  std::optional<Heading> best;
  unsigned best_proof = 0;
  const auto consider = [&](Vr as, std::uint8_t size, std::uint32_t length) {
    const unsigned proof = proof_behind(heading, heading.offset + size + length, container_end, peek);
    if (proof <= best_proof) return;
    best_proof = proof;
    best = heading;
    best->vr = as;
    best->size = size;
    best->length = length;
  };
  const std::uint32_t implicit_length = load<std::uint32_t>(at + 4, big);
  // PS3.5 §6.2: a VR of the future has the long form.
  if (letters && around.size() >= 12) consider(vr, 12, load<std::uint32_t>(at + 8, big));
  if (!letters) consider(Vr::none, 8, implicit_length);
  consider(vr, 8, load<std::uint16_t>(at + 6, big));
  if (letters) consider(Vr::none, 8, implicit_length);
  return best;
}

}  // namespace dmw::dicom
