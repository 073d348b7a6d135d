// Association: one association of the DICOM upper layer (PS3.8), as acceptor or as requestor, over a Transport. It
// keeps the state machine of PS3.8 §9.2, sends whole PDUs and hands out what P-DATA-TF brings as views of its receive
// buffer.
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
  std::chrono::milliseconds artim{30'000};  ///< PS3.8 §9.1.5: for a whole request or answer to come
  std::chrono::milliseconds linger{1'000};  ///< the same timer after our last word: for the peer to close
  std::chrono::milliseconds write{60'000};  ///< for the peer to take what one call sends
};

/// A presentation context that both sides agreed on.
struct AgreedContext {
  std::uint8_t id = 0;
  std::string abstract_syntax{};
  std::string transfer_syntax{};
};

/// How an association came to its end.
enum class Ending {
  none,          ///< it has not
  released,      ///< as it should
  rejected,      ///< by either side
  peer_aborted,  ///< A-ABORT came
  peer_closed,   ///< the connection ended without a word
  violated,      ///< the peer broke the protocol and was sent an A-ABORT
  timed_out,     ///< the peer was silent, and was sent an A-ABORT once it had spoken at all
  stopped,       ///< the transport was interrupted: we stop
  aborted,       ///< abort() was called
};
std::string_view name(Ending ending);

/// One thread. After any error, and after an empty receive(), the association has ended: its peer was told what PS3.8
/// wants it to be told and given `linger` to close, the transport is closed, and further calls give `cancelled`.
/// Nothing happens in the destructor.
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

  /// Requestor: proposes and waits for the answer; contexts() may be empty then. More errors: unauthorized (rejected
  /// for good); rejected for now is `unavailable`.
  Result<> request(const AssociateRequest& request);

  /// The next piece of P-DATA-TF, of an agreed context, until `deadline`. Empty: the peer has asked for the release,
  /// and has it.
  Result<std::optional<Fragment>> receive(Monotonic deadline);

  /// A command set without a dataset.
  Result<> send_command(std::uint8_t context, ByteView command);
  /// A command set and behind it its dataset, all of it or (`last` false) its beginning: in PDUs as long as the peer
  /// takes, with one system call where the socket takes that much.
  Result<> send_message(std::uint8_t context, ByteView command, ByteView dataset, bool last = true);
  /// More of the dataset that send_message() began.
  Result<> send_dataset(std::uint8_t context, ByteView dataset, bool last);

  /// A-RELEASE, with a collision if there is one (PS3.8 §9.2.3); datasets that still come are dropped.
  Result<> release();
  /// Sends an A-ABORT and closes.
  void abort(const Abort& abort = aborts::user);
  /// As abort(), because the peer broke a rule: `what` says it, and is the error.
  std::unexpected<Error> violated(std::string what, const Abort& abort = aborts::user);

  /// The agreed context of this id; null when there is none.
  const AgreedContext* context(std::uint8_t id) const;
  const std::vector<AgreedContext>& contexts() const { return agreed_; }
  /// Of the request that came, also where await_request() could not make sense of the rest of it.
  const Titles& titles() const { return titles_; }
  /// What the peer said of itself; after await_request() or request().
  const UserInformation& peer() const { return peer_; }
  Ending ending() const { return ending_; }
  /// Whether the peer has said anything, be it half a PDU.
  bool heard() const { return in_.bytes_read() != 0; }

 private:
  /// What lasts longer than a call, of the states of PS3.8 §9.2.1: Sta1 to Sta3, Sta4 and Sta5, Sta6, and Sta1 again.
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
  bool asked_ = false;  // an A-ASSOCIATE-RQ has begun to come
  UserInformation peer_;
  std::vector<ProposedContext> proposed_;
  std::string echoed_;  // of the request, to be sent back
  std::vector<AgreedContext> agreed_;
  std::array<std::uint8_t, 256> agreed_at_{};  // 1 + where in agreed_, by id; 0 = not agreed
  std::uint32_t receive_max_ = 0;              // that the peer was told; 0 = no limit
  std::size_t payload_max_ = 0;                // of a PDV that is sent
  bool inside_ = false;                        // a command set or a dataset has begun and not ended
};

}  // namespace dmw::ul
