// DataWriter: cuts command sets and datasets into P-DATA-TF PDUs, one PDV in each, and gives them to the transport many
// at a time, without copying them. Internal to this folder.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "dicom/ul/transport.h"

namespace dmw::ul {

/// Bytes of a PDV header, which count in the PDU length of PS3.8 §D.1.
inline constexpr std::size_t pdv_heading_bytes = 6;

class DataWriter {
 public:
  /// `payload_max`: bytes of a message in one PDV; even, as fragments have to be (PS3.8 Annex E).
  DataWriter(Transport& transport, std::uint8_t context, std::size_t payload_max, Monotonic deadline)
      : transport_(transport), context_(context), payload_max_(payload_max), deadline_(deadline) {}

  /// Adds bytes of the message. An empty last part is also sent as a PDV. `bytes` must stay valid until flush().
  /// Errors: those of the transport.
  Result<> add(ByteView bytes, bool command, bool last);
  Result<> flush();

 private:
  static constexpr std::size_t pdus_max = 128;
  using Heading = std::array<std::byte, 12>;

  Transport& transport_;
  std::uint8_t context_;
  std::size_t payload_max_;
  Monotonic deadline_;
  std::size_t pdus_ = 0;
  std::array<Heading, pdus_max> headings_;
  std::array<ByteView, 2 * pdus_max> parts_;
};

}  // namespace dmw::ul
