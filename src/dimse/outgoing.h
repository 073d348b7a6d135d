// OutgoingAssociation: an association that we request from a peer, with its connection.
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

/// The address of a peer that accepts associations.
struct Target {
  std::string ae_title;
  std::string host;
  std::uint16_t port = 0;
};

/// `AE@HOST:PORT`; an IPv6 address stands in brackets. Errors: invalid, in words.
Result<Target> parse_target(std::string_view text);

/// One thread. The destructor closes the connection; call release() before, to end the association properly.
class OutgoingAssociation {
 public:
  /// Connects and proposes `request`; `timeout` applies to each step, and to each later send. Errors, with a sentence
  /// for the person who configures the peer: unavailable (no answer, or rejected for now), timeout, unauthorized
  /// (rejected), corrupted (the peer breaks the protocol).
  static Result<std::unique_ptr<OutgoingAssociation>> open(const Target& target, const ul::AssociateRequest& request,
                                                           std::chrono::milliseconds timeout);

  ul::Association& association() { return association_; }
  /// The time until the connection was established, and from then until the association was accepted.
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
