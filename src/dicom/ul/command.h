// The command set of a DIMSE message (PS3.7 §6.3, §9.3, Annex E): group 0000 in Implicit VR Little Endian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace dmw::ul {

/// PS3.7 §E.1, (0000,0100). A peer may send any other value.
enum class CommandField : std::uint16_t {
  c_store_rq = 0x0001,
  c_store_rsp = 0x8001,
  c_echo_rq = 0x0030,
  c_echo_rsp = 0x8030,
  c_cancel_rq = 0x0FFF,
};
/// "C-STORE-RQ", or "command 0042H".
std::string describe(CommandField field);
/// Bit 15 is set in a response.
constexpr bool is_response(CommandField field) {
  return (static_cast<std::uint16_t>(field) & 0x8000U) != 0;
}
constexpr CommandField response_to(CommandField request) {
  return static_cast<CommandField>(static_cast<std::uint16_t>(request) | 0x8000U);
}

/// PS3.7 Annex C and PS3.4 §B.2.3.
enum class Status : std::uint16_t {
  success = 0x0000,
  sop_class_not_supported = 0x0122,
  unrecognized_operation = 0x0211,
  out_of_resources = 0xA700,
  dataset_does_not_match_sop_class = 0xA900,
  cannot_understand = 0xC000,
};
/// Warnings are stored: 0001, 0107, 0116 and Bxxx (PS3.7 §C.1.3).
bool is_success_or_warning(Status status);

/// PS3.7 §9.3: the elements of C-ECHO and C-STORE. Missing ones are empty or 0. UIDs are without padding.
struct Command {
  CommandField field{};
  std::uint16_t message_id = 0;        ///< (0000,0110) of a request, (0000,0120) of a response and of C-CANCEL-RQ
  bool has_dataset = false;            ///< (0000,0800) is not 0101H
  std::string_view sop_class{};        ///< (0000,0002)
  std::string_view sop_instance{};     ///< (0000,1000)
  std::uint16_t priority = 0;          ///< (0000,0700) of a request: 0 medium
  std::string_view move_originator{};  ///< (0000,1030): the AE title that asked for a C-MOVE
  Status status{};                     ///< (0000,0900) of a response
  std::string_view error_comment{};    ///< (0000,0902): cut at 64 characters when written, LO
};

inline constexpr std::size_t command_bytes_max = 64 << 10;

/// The views in the result point into `bytes`. Unknown elements are skipped, and (0000,0000) is ignored. Errors:
/// corrupted (an element of another group, one that ends outside, no command field, a value of a wrong size), in words.
Result<Command> decode_command(ByteView bytes);
/// With (0000,0000), elements in order, values padded.
std::string encode(const Command& command);

/// A response without a dataset to `request`: with its message id, SOP class and instance, and this status.
Command response(const Command& request, Status status, std::string_view error_comment = {});

}  // namespace dmw::ul
