// Conversation: one connection of the listener, from the first byte to the last: it lets an association begin or
// not, answers its messages, and tells what became of it.
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

/// run() has a thread of its own; stop() and interrupt() may come from any, while this lives.
class Conversation {
 public:
  /// `socket` is connected; the floor outlives this.
  Conversation(File socket, Peer peer, Floor& floor);

  /// Until the association has ended.
  void run();
  /// Ends it as soon as the message that is under way has been answered.
  void stop();
  /// Ends it now; the peer is still told so.
  void interrupt() { transport_.interrupt(); }
  /// Ends it also where the peer does not listen.
  void sever() { transport_.sever(); }
  /// Ends it to make room for another connection; false, and nothing happens, once there is an association.
  bool give_way();
  const Peer& peer() const { return peer_; }

 private:
  void reject(const ul::Rejection& rejection, const std::string& reason, std::string words);
  std::expected<ul::AssociateAccept, ul::Rejection> negotiate(const ul::AssociateRequest& request);
  /// Accepts, or says no; nothing then.
  std::optional<Seats::Seat> admit(const ul::AssociateRequest& request);
  void serve();
  Result<> handle(ul::MessageReader& reader, const ul::Message& message);
  /// Null when nobody serves it.
  Service* serving(const ul::Message& message) const;
  void unasked(const Error& why);
  /// It may not be told to give way any longer; false when it was.
  bool stay();
  void gave_way();
  /// False when it is time to end.
  bool rest();
  void resume();

  Floor& floor_;
  const Peer peer_;
  ul::SocketTransport transport_;
  ul::Association association_;
  Session session_;
  Account account_;
  std::array<Service*, 256> accepted_by_{};  // by the number of the context
  std::optional<Error> fault_;               // what ended an accepted association before its time
  std::mutex mutex_;                         // guards what follows
  bool may_give_way_ = true;
  bool gives_way_ = false;
  bool busy_ = false;
  bool stopping_ = false;
};

}  // namespace dmw::dimse
