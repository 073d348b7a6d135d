// Association: one association of the DICOM upper layer (PS3.8), as acceptor or as requestor, over a Transport. It
// implements the state machine of PS3.8 §9.2, sends whole PDUs, and returns the content of P-DATA-TF as views of its
// receive buffer.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "dicom/ul/pdu.h"
#include "dicom/ul/pdu_stream.h"
#include "dicom/ul/transport.h"

namespace dmw::ul {

struct AssociationOptions {
  std::chrono::milliseconds artim{30'000};  ///< PS3.8 §9.1.5: time for a complete request or answer to arrive
  std::chrono::milliseconds linger{1'000};  ///< the same timer after our last PDU: time for the peer to close
  std::chrono::milliseconds write{60'000};  ///< time for the peer to receive the data of one call
};

/// A presentation context that both sides agreed on.
struct AgreedContext {
  std::uint8_t id = 0;
  std::string abstract_syntax{};
  std::string transfer_syntax{};
};

/// How an association ended.
enum class Ending {
  none,          ///< the association has not ended
  released,      ///< normally
  rejected,      ///< by either side
  peer_aborted,  ///< the peer sent an A-ABORT
  peer_closed,   ///< the peer closed the connection without an A-ABORT or a release
  violated,      ///< the peer broke the protocol and was sent an A-ABORT
  timed_out,     ///< the peer was silent; it got an A-ABORT if it had sent anything before
  stopped,       ///< the transport was interrupted because the program stops
  aborted,       ///< abort() was called
};
std::string_view name(Ending ending);

/// One thread. After any error, and after an empty receive(), the association has ended: the peer got the PDU that
/// PS3.8 requires and had the time `linger` to close, the transport is closed, and further calls return `cancelled`.
/// The destructor does nothing.
///
/// Errors of every call, each in words for an operator: corrupted (the peer broke the protocol), unavailable (it
/// aborted, or the connection broke), timeout, cancelled (the transport was interrupted, or it had ended before).
class Association {
 public:
  /// `transport` is connected and outlives the association.
  Association(Transport& transport, const AssociationOptions& options);

  /// Acceptor: waits for the A-ASSOCIATE-RQ. Then call accept() or reject().
  Result<AssociateRequest> await_request();
  Result<> accept(const AssociateAccept& answer);
  Result<> reject(const Rejection& rejection);

  /// Requestor: proposes the association and waits for the answer. On success contexts() may still be empty. Further
  /// errors: unauthorized (rejected permanently); a transient rejection is `unavailable`.
  Result<> request(const AssociateRequest& request);

  /// Waits until `deadline` for the next piece of P-DATA-TF of an agreed context. Nullopt: the peer has requested the
  /// release, and it was confirmed.
  Result<std::optional<Fragment>> receive(Monotonic deadline);

  /// Sends a command set without a dataset.
  Result<> send_command(std::uint8_t context, ByteView command);
  /// Sends a command set and its dataset, the whole or (`last` false) its beginning. PDUs are as long as the peer
  /// accepts, and all go out with one system call if the socket accepts that much.
  Result<> send_message(std::uint8_t context, ByteView command, ByteView dataset, bool last = true);
  /// Sends more of the dataset that send_message() has begun.
  Result<> send_dataset(std::uint8_t context, ByteView dataset, bool last);

  /// Releases the association, also in a release collision (PS3.8 §9.2.3). Datasets that still arrive are dropped.
  Result<> release();
  /// Sends an A-ABORT and closes.
  void abort(const Abort& abort = aborts::user);
  /// As abort(), because the peer broke a rule of the protocol. Returns the error `what`.
  std::unexpected<Error> violated(std::string what, const Abort& abort = aborts::user);

  /// The agreed context with this id; null if there is none.
  const AgreedContext* context(std::uint8_t id) const;
  const std::vector<AgreedContext>& contexts() const { return agreed_; }
  /// The AE titles of the received request, even if await_request() could not decode the rest of it.
  const Titles& titles() const { return titles_; }
  /// The user information of the peer; valid after await_request() or request().
  const UserInformation& peer() const { return peer_; }
  Ending ending() const { return ending_; }
  /// Whether the peer has sent any byte.
  bool heard() const { return in_.bytes_read() != 0; }

 private:
  /// The states of PS3.8 §9.2.1 that last longer than a call: Sta1 to Sta3, Sta4 and Sta5, Sta6, and again Sta1.
  enum class State { accepting, requesting, established, ended };

  void agree(const AssociateAccept& answer, std::uint32_t receive_max);
  Result<> begin_data(const PduStream::Header& pdu);
  Result<> write(std::string_view pdu);
  Result<> send(std::uint8_t context, const ByteView* command, const ByteView* dataset, bool last);
  Result<> release_answered(const PduStream::Header& pdu, bool& collided, Monotonic deadline);

  std::string_view moment() const;
  std::unexpected<Error> over() const;
  std::unexpected<Error> unexpected(const PduStream::Header& pdu, Monotonic deadline);
  std::unexpected<Error> failed(Error error);
  std::unexpected<Error> cut(Error error);
  void say_last(std::string_view pdu, Ending ending);
  void end(Ending ending);

  Transport& transport_;
  AssociationOptions options_;
  PduStream in_;
  State state_ = State::accepting;
  Ending ending_ = Ending::none;
  bool requestor_ = false;
  Titles titles_;
  bool asked_ = false;  // the first bytes of an A-ASSOCIATE-RQ have arrived
  UserInformation peer_;
  std::vector<ProposedContext> proposed_;
  std::string echoed_;  // bytes of the request that are sent back
  std::vector<AgreedContext> agreed_;
  std::array<std::uint8_t, 256> agreed_at_{};  // 1 + where in agreed_, by id; 0 = not agreed
  std::uint32_t receive_max_ = 0;              // limit that we announced to the peer; 0 = no limit
  std::size_t payload_max_ = 0;                // of a PDV that is sent
  bool inside_ = false;                        // a command set or a dataset has begun and not ended
};

}  // namespace dmw::ul
