#include "dimse/account.h"

#include "base/format.h"
#include "base/log.h"

namespace dmw::dimse {
namespace {

using catalog::AssociationOutcome;

AssociationOutcome outcome_of(ul::Ending ending) {
  switch (ending) {
    case ul::Ending::rejected:
      return AssociationOutcome::rejected;
    case ul::Ending::peer_closed:
    case ul::Ending::timed_out:
      return AssociationOutcome::broken;
    default:
      return AssociationOutcome::aborted;
  }
}

}  // namespace

Session session_of(const std::string& source, const Peer& peer, MicrosUtc now) {
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::dimse;
  session.correlation_id = Uuid::random();
  session.source = source;
  session.peer = peer.host;
  session.started_at = now;
  return session;
}

Account::Account(Floor& floor, const Peer& peer, const Session& session)
    : floor_(floor), peer_(peer), session_(session), began_(floor.clock.monotonic()) {}

/// A connection that ends without sending anything is a monitor that probes the port: nothing is recorded.
void Account::unasked(ul::Ending ending, bool heard, const Error& why) {
  const bool wordless = ending == ul::Ending::peer_closed && !heard;
  if (wordless || ending == ul::Ending::stopped) return floor_.metrics.ended("unasked");
  floor_.metrics.refused("no_request");
  ended_badly(outcome_of(ending), why.message());
}

void Account::turned_away(const std::string& reason, std::string words) {
  floor_.metrics.refused(reason);
  ended_badly(AssociationOutcome::rejected, std::move(words));
}

void Account::rejected(const std::string& reason, std::string words) {
  // The AE title of an unknown caller is untrusted text: `sources show` prints it, the log does not.
  log::warning("association_refused", format("from {}: {}", peer_.host, words),
               {{"peer", peer_.host}, {"reason", reason}});
  turned_away(reason, std::move(words));
}

void Account::accepted() {
  catalog::Caller seen = activity();
  seen.associations = 1;
  floor_.metrics.seen(session_.calling_ae, seen.last_seen_at);
  floor_.log.note(std::move(seen));
}

void Account::kept(std::uint64_t size_bytes) {
  catalog::Caller seen = activity();
  seen.instances = 1;
  seen.size_bytes = static_cast<std::int64_t>(size_bytes);
  kept_ += 1;
  kept_bytes_ += seen.size_bytes;
  floor_.log.note(std::move(seen));
}

void Account::refused(ul::Status status, const std::string& words) {
  catalog::Caller seen = activity();
  seen.refused_instances = 1;
  refused_ += 1;
  last_refusal_ = format("{:04X}: {}", static_cast<unsigned>(status), words);
  log::warning(
      "instance_refused", format("from {}: {}", peer_.host, last_refusal_),
      {{"peer", peer_.host}, {"calling_ae", session_.calling_ae}, {"correlation_id", session_.correlation_id.text()}});
  floor_.log.note(std::move(seen));
}

void Account::ended(ul::Ending ending, const std::optional<Error>& fault) {
  const double seconds = std::chrono::duration<double>(floor_.clock.monotonic() - began_).count();
  std::string story = format("{}@{}  {} kept, {:.1f} MB, {:.1f} s", session_.calling_ae, peer_.host, kept_,
                             static_cast<double>(kept_bytes_) / 1e6, seconds);
  if (refused_ != 0) story += format("; {} refused: {}", refused_, last_refusal_);
  if (refused_ == 0 && !last_refusal_.empty()) story += "; " + last_refusal_;
  if (fault) story += format("; {}", fault->message());
  log::write(fault || !last_refusal_.empty() ? log::Level::warning : log::Level::info, "dimse", story,
             {{"peer", peer_.host},
              {"calling_ae", session_.calling_ae},
              {"instances", kept_},
              {"refused", refused_},
              {"bytes", kept_bytes_},
              {"seconds", seconds},
              {"correlation_id", session_.correlation_id.text()}});
  // A sender often just closes the connection after a refusal, and an operator wants to see the reason of the refusal.
  if (fault) {
    return ended_badly(outcome_of(ending), last_refusal_.empty()
                                               ? fault->message()
                                               : format("{}; then {}", last_refusal_, fault->message()));
  }
  if (!last_refusal_.empty()) return ended_badly(AssociationOutcome::partial, last_refusal_);
  floor_.metrics.ended("completed");
}

catalog::Caller Account::activity() const {
  const MicrosUtc now = floor_.clock.now();
  return {.source = session_.source,
          .calling_ae = session_.calling_ae,
          .peer = peer_.host,
          .first_seen_at = now,
          .last_seen_at = now};
}

void Account::ended_badly(AssociationOutcome outcome, std::string reason) {
  floor_.metrics.ended(std::string(name(outcome)));
  catalog::Caller seen = activity();
  seen.refused_associations = outcome == AssociationOutcome::partial ? 0 : 1;
  seen.last_refused_at = seen.last_seen_at;
  seen.last_refusal = reason;
  floor_.log.note(std::move(seen));
  floor_.log.note(catalog::Association{.correlation_id = session_.correlation_id,
                                       .started_at = session_.started_at,
                                       .ended_at = floor_.clock.now(),
                                       .calling_ae = session_.calling_ae,
                                       .called_ae = session_.called_ae,
                                       .peer = peer_.host,
                                       .outcome = outcome,
                                       .reason = std::move(reason),
                                       .instances = kept_,
                                       .refused_instances = refused_,
                                       .size_bytes = kept_bytes_});
}

}  // namespace dmw::dimse
