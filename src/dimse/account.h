// Account: what is told of one association, to the log, the metrics and the catalog.
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

/// Where a connection comes from.
struct Peer {
  IpAddress address{};
  std::string host{};  // the address as people write it
};

/// The session of a connection that begins. `source`: the listener as people see it.
Session session_of(const std::string& source, const Peer& peer, MicrosUtc now);

/// One thread. Nothing that it does waits for the catalog.
class Account {
 public:
  /// Floor and session outlive it; the session is filled in while the association begins.
  Account(Floor& floor, const Peer& peer, const Session& session);

  /// The connection ended before anybody asked for an association; `heard`: something was said.
  void unasked(ul::Ending ending, bool heard, const Error& why);
  /// The connection was closed before an association could be asked for. AssociationLog tells the log, so that
  /// strangers cannot fill it.
  void turned_away(const std::string& reason, std::string words);
  /// `reason` is a word, `words` is a sentence for the operator.
  void rejected(const std::string& reason, std::string words);
  void accepted();
  /// A reason to keep this association that is no fault of its messages.
  void doubt(std::string words) { last_refusal_ = std::move(words); }
  /// An instance that came in.
  void kept(std::uint64_t size_bytes);
  /// One that was refused; `words` is a sentence for the operator.
  void refused(ul::Status status, const std::string& words);
  /// `fault` is what ended an accepted association before its time.
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
