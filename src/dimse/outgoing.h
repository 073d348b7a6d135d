// OutgoingAssociation: an association that we ask a peer for, with its connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dicom/ul/association.h"
#include "dicom/ul/socket_transport.h"

namespace dmw::dimse {

/// A peer that takes associations.
struct Target {
  std::string ae_title;
  std::string host;
  std::uint16_t port = 0;
};

/// `AE@HOST:PORT`; an IPv6 address stands in brackets. Errors: invalid, in words.
Result<Target> parse_target(std::string_view text);

/// One thread. The connection is closed with it; release() is its user's matter.
class OutgoingAssociation {
 public:
  /// Connects and proposes `request`; `timeout` is for each step, and for each thing that is sent later. Errors, in the
  /// words of a person who sets up the peer: unavailable (nobody answers, or for now not), timeout, unauthorized
  /// (rejected), corrupted (the peer breaks the protocol).
  static Result<std::unique_ptr<OutgoingAssociation>> open(const Target& target, const ul::AssociateRequest& request,
                                                           std::chrono::milliseconds timeout);

  ul::Association& association() { return association_; }
  /// How long it took until there was a connection, and from then on an association.
  std::chrono::duration<double> connecting() const { return connecting_; }
  std::chrono::duration<double> negotiating() const { return negotiating_; }

 private:
  OutgoingAssociation(std::unique_ptr<ul::SocketTransport> transport, std::chrono::milliseconds timeout);

  std::unique_ptr<ul::SocketTransport> transport_;
  ul::Association association_;
  std::chrono::duration<double> connecting_{};
  std::chrono::duration<double> negotiating_{};
};

}  // namespace dmw::dimse
