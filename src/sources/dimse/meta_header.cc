#include "sources/dimse/meta_header.h"

#include <cstdint>

#include "base/result.h"
#include "dicom/ul/pdu.h"

namespace dmw::sources {
namespace {

constexpr std::size_t preamble_bytes = 128;
constexpr std::size_t value_bytes_max = 64;
/// The offset after "DICM", (0002,0000), and (0002,0001), which has a long form.
constexpr std::size_t first_short_element = preamble_bytes + 4 + 12 + 14;

void put(std::string& out, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> 8 * i & 0xFFU));
}

/// An element of group 0002 whose VR has a length of two bytes, in Explicit VR Little Endian (PS3.5 §7.1.2).
void put_element(std::string& out, std::uint16_t element, std::string_view vr, std::string_view value, char padding) {
  ASSERT(value.size() <= value_bytes_max);
  put(out, 0x0002, 2);
  put(out, element, 2);
  out += vr;
  put(out, static_cast<std::uint32_t>(value.size() + value.size() % 2), 2);
  out += value;
  if (value.size() % 2 != 0) out.push_back(padding);
}

}  // namespace

std::string encode(const MetaHeader& meta) {
  using namespace std::string_view_literals;
  std::string group("\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01"sv);  // (0002,0001): version 1
  put_element(group, 0x0002, "UI", meta.sop_class, '\0');
  put_element(group, 0x0003, "UI", meta.sop_instance, '\0');
  put_element(group, 0x0010, "UI", meta.transfer_syntax, '\0');
  put_element(group, 0x0012, "UI", ul::implementation_class_uid, '\0');
  put_element(group, 0x0013, "SH", ul::implementation_version_name, ' ');
  put_element(group, 0x0016, "AE", meta.source_ae, ' ');
  std::string out(preamble_bytes, '\0');
  out += "DICM\x02\0\0\0UL\x04\0"sv;  // (0002,0000): length of the rest of this group
  put(out, static_cast<std::uint32_t>(group.size()), 4);
  return out += group;
}

std::string source_ae_in(ByteView head) {
  const std::string_view text = as_text(head);
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::size_t{static_cast<unsigned char>(text[at + i])} << 8 * i;
    return value;
  };
  std::size_t at = first_short_element;
  bool is_ours = false;
  while (at + 8 <= text.size() && number(at, 2) == 2) {
    const std::size_t element = number(at + 2, 2);
    const std::size_t length = number(at + 6, 2);
    at += 8;
    if (length > text.size() - at) return {};
    std::string_view value = text.substr(at, length);
    value = value.substr(0, value.find_last_not_of(std::string_view(" \0", 2)) + 1);
    if (element == 0x0012) is_ours = value == ul::implementation_class_uid;
    if (element == 0x0016) return is_ours ? std::string(value) : std::string();
    at += length;
  }
  return {};
}

}  // namespace dmw::sources
