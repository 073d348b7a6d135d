// The bytes of the upper layer: numbers are big endian (PS3.8 §9.3.1), items are a type, a reserved byte and a length.
// Internal to this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/format.h"
#include "base/result.h"

namespace dmw::ul {

inline std::uint32_t load_u32(const std::byte* from) {
  return std::to_integer<std::uint32_t>(from[0]) << 24U | std::to_integer<std::uint32_t>(from[1]) << 16U |
         std::to_integer<std::uint32_t>(from[2]) << 8U | std::to_integer<std::uint32_t>(from[3]);
}

inline void store_u32(std::byte* into, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) into[i] = static_cast<std::byte>(value >> (24U - 8U * i));
}

class Writer {
 public:
  Writer& u8(unsigned value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  Writer& u16(unsigned value) { return u8(value >> 8U).u8(value); }
  Writer& u32(std::uint32_t value) { return u16(value >> 16U).u16(value); }
  Writer& text(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  /// PS3.8 §9.3.2: an AE title fills 16 characters.
  Writer& title(std::string_view value) {
    std::string padded(value.substr(0, 16));
    padded.resize(16, ' ');
    return text(padded);
  }
  Writer& zeros(std::size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }
  /// Writes a text with a length before it, as in PS3.7 Annex D.
  Writer& counted(std::string_view value) {
    value = value.substr(0, std::numeric_limits<std::uint16_t>::max());
    return u16(static_cast<unsigned>(value.size())).text(value);
  }
  Writer& item(unsigned type, std::string_view content, unsigned second_byte = 0) {
    return u8(type).u8(second_byte).counted(content);
  }
  Writer& item(unsigned type, const Writer& content, unsigned second_byte = 0) {
    return item(type, content.bytes_, second_byte);
  }
  std::string_view bytes() const { return bytes_; }
  /// The written bytes as a PDU, with its header.
  std::string pdu(unsigned type) const {
    return Writer().u8(type).u8(0).u32(static_cast<std::uint32_t>(bytes_.size())).text(bytes_).bytes_;
  }

 private:
  std::string bytes_;
};

/// Reads from the front of `bytes`. Its errors name the item that it was reading.
class Reader {
 public:
  Reader(ByteView bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  bool empty() const { return bytes_.empty(); }
  ByteView rest() const { return bytes_; }
  Result<ByteView> bytes(std::size_t count) {
    if (count > bytes_.size())
      return fail(Errc::corrupted, format("{} ends {} bytes early", name_, count - bytes_.size()));
    const ByteView taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  Result<std::uint8_t> u8() { return std::to_integer<std::uint8_t>(TRY(bytes(1))[0]); }
  Result<std::uint16_t> u16() {
    const ByteView two = TRY(bytes(2));
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(two[0]) << 8U | std::to_integer<unsigned>(two[1]));
  }
  Result<std::uint32_t> u32() { return load_u32(TRY(bytes(4)).data()); }
  Result<ByteView> counted() { return bytes(TRY(u16())); }

  struct Item {
    std::uint8_t type = 0;
    std::uint8_t second_byte = 0;
    ByteView value{};
  };
  Result<Item> item() {
    Item item;
    item.type = TRY(u8());
    item.second_byte = TRY(u8());
    const std::size_t length = TRY(u16());
    if (length > bytes_.size())
      return fail(Errc::corrupted, format("item {:02X}H of {} declares {} bytes, but only {} remain", item.type, name_,
                                          length, bytes_.size()));
    item.value = TRY(bytes(length));
    return item;
  }

 private:
  ByteView bytes_;
  std::string_view name_;
};

/// `text` without padding: spaces, and the NUL that UIDs sometimes have.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view padding(" \0", 2);
  const std::size_t first = text.find_first_not_of(padding);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(padding) - first + 1);
}

/// Text of a peer in a form for operators: trimmed, with '?' for every byte that is not printable ASCII.
inline std::string printable(std::string_view text) {
  std::string out(trimmed(text));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

}  // namespace dmw::ul
