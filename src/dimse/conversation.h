// Conversation: one connection of the listener, from its first byte to its last. It accepts or rejects the association,
// answers its messages, and reports its end.
#pragma once

#include <array>
#include <expected>
#include <mutex>
#include <optional>
#include <string>

#include "base/file.h"
#include "dicom/ul/association.h"
#include "dicom/ul/message_reader.h"
#include "dicom/ul/socket_transport.h"
#include "dimse/account.h"
#include "dimse/floor.h"

namespace dmw::dimse {

/// run() has its own thread. stop(), interrupt(), sever() and give_way() may be called from any thread.
class Conversation {
 public:
  /// `socket` must be connected. `floor` must outlive this.
  Conversation(File socket, Peer peer, Floor& floor);

  /// Returns when the association has ended.
  void run();
  /// Ends the association after the current message has been answered.
  void stop();
  /// Ends the association now; the peer gets an A-ABORT.
  void interrupt() { transport_.interrupt(); }
  /// Ends the connection even if the peer does not read.
  void sever() { transport_.sever(); }
  /// Closes the connection to make room for another one. Returns false, and does nothing, if there is an association
  /// already.
  bool give_way();
  const Peer& peer() const { return peer_; }

 private:
  void reject(const ul::Rejection& rejection, const std::string& reason, std::string words);
  std::expected<ul::AssociateAccept, ul::Rejection> negotiate(const ul::AssociateRequest& request);
  /// Accepts the association and returns its seat, or rejects it and returns nullopt.
  std::optional<Seats::Seat> admit(const ul::AssociateRequest& request);
  void serve();
  Result<> handle(ul::MessageReader& reader, const ul::Message& message);
  /// The service for this message; null if there is none.
  Service* serving(const ul::Message& message) const;
  void unasked(const Error& why);
  /// From now on give_way() has no effect. Returns false if it was called before.
  bool stay();
  void gave_way();
  /// False if the conversation must end.
  bool rest();
  void resume();

  Floor& floor_;
  const Peer peer_;
  ul::SocketTransport transport_;
  ul::Association association_;
  Session session_;
  Account account_;
  std::array<Service*, 256> accepted_by_{};  // by presentation context id
  std::optional<Error> fault_;               // the error that ended an accepted association early
  std::mutex mutex_;                         // guards the members below
  bool may_give_way_ = true;
  bool gives_way_ = false;
  bool busy_ = false;
  bool stopping_ = false;
};

}  // namespace dmw::dimse
