// Offsets in associate PDUs, and the types of items (PS3.8 §9.3.2, §9.3.3) and of user information items (PS3.7
// §D.3.3). Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dmw::ul {

/// PS3.8 §9.3.2: the offset of the titles in the body of an associate PDU, and the length of the titles with the
/// reserved field after them.
inline constexpr std::size_t echoed_offset = 4;
inline constexpr std::size_t echoed_bytes = 16 + 16 + 32;

}  // namespace dmw::ul

namespace dmw::ul::items {

inline constexpr std::uint8_t application_context = 0x10;
inline constexpr std::uint8_t proposed_context = 0x20;
inline constexpr std::uint8_t answered_context = 0x21;
inline constexpr std::uint8_t abstract_syntax = 0x30;
inline constexpr std::uint8_t transfer_syntax = 0x40;
inline constexpr std::uint8_t user_information = 0x50;
inline constexpr std::uint8_t pdu_length_max = 0x51;
inline constexpr std::uint8_t implementation_class = 0x52;
inline constexpr std::uint8_t asynchronous_window = 0x53;
inline constexpr std::uint8_t role_selection = 0x54;
inline constexpr std::uint8_t implementation_version = 0x55;
inline constexpr std::uint8_t extended_negotiation = 0x56;
inline constexpr std::uint8_t common_extended_negotiation = 0x57;
inline constexpr std::uint8_t user_identity = 0x58;
inline constexpr std::uint8_t user_identity_response = 0x59;

}  // namespace dmw::ul::items
