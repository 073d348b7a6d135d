// Conversation: one connection of the C-STORE door, from the first byte to the last: it lets an association begin or
// not, answers its messages, and tells what became of it.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/file.h"
#include "dicom/ul/association.h"
#include "dicom/ul/message_reader.h"
#include "dicom/ul/socket_transport.h"
#include "sources/dimse/account.h"
#include "sources/dimse/dimse_floor.h"

namespace dmw::sources {

/// run() has a thread of its own; stop() and interrupt() may come from any, while this lives.
class Conversation {
 public:
  /// `socket` is connected; the floor outlives this.
  Conversation(File socket, DimsePeer peer, DimseFloor& floor);

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
  const DimsePeer& peer() const { return peer_; }

 private:
  void reject(const ul::Rejection& rejection, const std::string& reason, std::string words);
  /// Accepts, or says no; nothing then.
  std::optional<Seats::Seat> admit(const ul::AssociateRequest& request);
  void serve();
  Result<> handle(ul::MessageReader& reader, const ul::Message& message);
  Result<> store(ul::MessageReader& reader, const ul::Message& message);
  Result<> answer(const ul::Message& message, ul::Status status, std::string_view comment = {});
  void unasked(const Error& why);
  /// It may not be told to give way any longer; false when it was.
  bool stay();
  void gave_way();
  /// False when it is time to end.
  bool rest();
  void resume();

  DimseFloor& floor_;
  const DimsePeer peer_;
  ul::SocketTransport transport_;
  ul::Association association_;
  Session session_;
  Account account_;
  std::optional<Error> fault_;  // what ended an accepted association before its time
  std::mutex mutex_;            // guards what follows
  bool may_give_way_ = true;
  bool gives_way_ = false;
  bool busy_ = false;
  bool stopping_ = false;
};

}  // namespace dmw::sources
