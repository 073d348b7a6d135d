// Account: reports one association to the log, the metrics and the catalog.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ip_address.h"
#include "dicom/ul/association.h"
#include "dicom/ul/command.h"
#include "dimse/floor.h"
#include "model/session.h"

namespace dmw::dimse {

/// The remote end of a connection.
struct Peer {
  IpAddress address{};
  std::string host{};  // the address as people write it
};

/// The session of a new connection. `source`: the name of the listener for people.
Session session_of(const std::string& source, const Peer& peer, MicrosUtc now);

/// One thread. No call waits for the catalog.
class Account {
 public:
  /// Floor and session outlive the account. The session is completed while the association begins.
  Account(Floor& floor, const Peer& peer, const Session& session);

  /// The connection ended before an association was requested. `heard`: the peer has sent something.
  void unasked(ul::Ending ending, bool heard, const Error& why);
  /// We closed the connection before an association could be requested. AssociationLog writes the log line, at a
  /// limited rate, so that strangers cannot fill the log.
  void turned_away(const std::string& reason, std::string words);
  /// `reason` is a word, `words` is a sentence for the operator.
  void rejected(const std::string& reason, std::string words);
  void accepted();
  /// Records a problem of the association that is not in its messages, so that the association is kept in the catalog.
  void doubt(std::string words) { last_refusal_ = std::move(words); }
  /// An instance was received and kept.
  void kept(std::uint64_t size_bytes);
  /// An instance was refused; `words` is a sentence for the operator.
  void refused(ul::Status status, const std::string& words);
  /// The association has ended. `fault`: the error that ended an accepted association early.
  void ended(ul::Ending ending, const std::optional<Error>& fault);

 private:
  catalog::Caller activity() const;
  void ended_badly(catalog::AssociationOutcome outcome, std::string reason);

  Floor& floor_;
  const Peer& peer_;
  const Session& session_;
  const Monotonic began_;
  std::int64_t kept_ = 0;
  std::int64_t refused_ = 0;
  std::int64_t kept_bytes_ = 0;
  std::string last_refusal_;
};

}  // namespace dmw::dimse
