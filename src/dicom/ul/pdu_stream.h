// PduStream: the incoming side of an association, through one buffer of a fixed size. PDUs that are short are given as
// a whole; P-DATA-TF goes by in pieces, whatever its length.
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

/// A piece of what P-DATA-TF brings: of one PDV (PS3.8 §9.3.5.1), cut where the buffer ends. May be empty.
struct Fragment {
  std::uint8_t context = 0;
  bool command = false;  ///< of a command set, else of a dataset
  bool last = false;     ///< ends the command set or the dataset
  ByteView bytes{};      ///< until the next call
};

/// One thread. Errors: those of the transport; unavailable (the peer closed); corrupted (lengths that contradict each
/// other), in words.
class PduStream {
 public:
  explicit PduStream(Transport& transport);

  struct Header {
    PduType type{};
    std::uint32_t length = 0;  ///< of what follows: as the peer says
  };
  /// Of the next PDU. The one before must have been taken by body(), or by pieces to its end.
  Result<Header> next(Monotonic deadline);
  /// What follows the header of a PDU of at most pdu_bytes_max. Memory grows with what came, not with what was said.
  Result<std::string> body(const Header& header, Monotonic deadline);

  /// What follows is taken by pieces.
  void begin_data(const Header& header) { data_left_ = header.length; }
  /// Empty at the end of the P-DATA-TF. Without a copy, but for a PDV header that the end of the buffer has cut.
  Result<std::optional<Fragment>> piece(Monotonic deadline);

  /// Reads and forgets until the peer closes, or something fails.
  void drain(Monotonic deadline);

  /// In all, but for what was drained.
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  Result<> need(std::size_t count, Monotonic deadline);
  ByteView take(std::size_t count);
  Result<> open_pdv(Monotonic deadline);

  Transport& transport_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;  // of what was read and not taken
  std::size_t end_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint32_t data_left_ = 0;  // of the P-DATA-TF, behind the open PDV
  std::uint32_t pdv_left_ = 0;
  std::optional<Fragment> pdv_;  // the open one; `last` as its header says
};

}  // namespace dmw::ul
