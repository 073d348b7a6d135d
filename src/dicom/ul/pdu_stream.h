// PduStream: the incoming side of an association, through one buffer of a fixed size. Short PDUs are returned as a
// whole, P-DATA-TF always in pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "dicom/ul/pdu.h"
#include "dicom/ul/transport.h"

namespace dmw::ul {

/// A piece of one PDV (PS3.8 §9.3.5.1) of a P-DATA-TF, cut at the end of the buffer. May be empty.
struct Fragment {
  std::uint8_t context = 0;
  bool command = false;  ///< part of a command set, otherwise of a dataset
  bool last = false;     ///< the last piece of the command set or dataset
  ByteView bytes{};      ///< valid until the next call
};

/// One thread. Errors: those of the transport; unavailable (the peer closed); corrupted (lengths that contradict each
/// other), in words.
class PduStream {
 public:
  explicit PduStream(Transport& transport);

  struct Header {
    PduType type{};
    std::uint32_t length = 0;  ///< of the following bytes, as the peer declares it
  };
  /// Reads the header of the next PDU. The previous PDU must have been read completely, by body() or piece by piece.
  Result<Header> next(Monotonic deadline);
  /// Reads the body of a PDU of at most pdu_bytes_max. Memory grows with the received bytes, not with the declared
  /// length.
  Result<std::string> body(const Header& header, Monotonic deadline);

  /// Prepares to read a P-DATA-TF with piece().
  void begin_data(const Header& header) { data_left_ = header.length; }
  /// The next piece; nullopt at the end of the P-DATA-TF. The bytes are not copied, except a PDV header at the end of
  /// the buffer.
  Result<std::optional<Fragment>> piece(Monotonic deadline);

  /// Reads and discards until the peer closes, or an error occurs.
  void drain(Monotonic deadline);

  /// All bytes read so far, without the drained ones.
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  Result<> need(std::size_t count, Monotonic deadline);
  ByteView take(std::size_t count);
  Result<> open_pdv(Monotonic deadline);

  Transport& transport_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;  // start of the bytes that were received and not yet used
  std::size_t end_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint32_t data_left_ = 0;  // bytes of the P-DATA-TF after the current PDV
  std::uint32_t pdv_left_ = 0;
  std::optional<Fragment> pdv_;  // the current PDV; `last` as in its header
};

}  // namespace dmw::ul
