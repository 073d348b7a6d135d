// Tag: the name of a data element (PS3.5 §7.1), and constants for the tags that the program uses.
#pragma once

#include <cstdint>
#include <string>

namespace dmw::dicom {

/// Group in the high 16 bits, element in the low: (0010,0020) is 0x00100020.
enum class Tag : std::uint32_t {};

constexpr std::uint32_t number(Tag tag) {
  return static_cast<std::uint32_t>(tag);
}
constexpr std::uint16_t group(Tag tag) {
  return static_cast<std::uint16_t>(number(tag) >> 16U);
}
constexpr std::uint16_t element(Tag tag) {
  return static_cast<std::uint16_t>(number(tag) & 0xFFFFU);
}
constexpr bool is_private(Tag tag) {
  return (group(tag) & 1U) != 0;
}

/// Palette and LUT descriptors, whose first value counts entries, also where their VR is SS (PS3.3 C.7.6.3.1.5,
/// C.11.1).
constexpr bool is_lut_descriptor(Tag tag) {
  return (number(tag) >= 0x00281101 && number(tag) <= 0x00281104) || number(tag) == 0x00283002;
}

/// "(0010,0020)".
std::string name(Tag tag);

namespace tags {
inline constexpr Tag meta_length{0x00020000};
inline constexpr Tag media_storage_sop_class{0x00020002};
inline constexpr Tag media_storage_sop_uid{0x00020003};
inline constexpr Tag transfer_syntax{0x00020010};
inline constexpr Tag specific_character_set{0x00080005};
inline constexpr Tag sop_class{0x00080016};
inline constexpr Tag sop_uid{0x00080018};
inline constexpr Tag study_uid{0x0020000D};
inline constexpr Tag series_uid{0x0020000E};
inline constexpr Tag pixel_representation{0x00280103};
inline constexpr Tag float_pixel_data{0x7FE00008};
inline constexpr Tag double_float_pixel_data{0x7FE00009};
inline constexpr Tag pixel_data{0x7FE00010};
inline constexpr Tag item{0xFFFEE000};
inline constexpr Tag item_end{0xFFFEE00D};
inline constexpr Tag sequence_end{0xFFFEE0DD};
}  // namespace tags

}  // namespace dmw::dicom
