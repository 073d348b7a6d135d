// DimseDoor: the C-STORE door. It listens, gives every connection a thread of its own, and ends them when it closes; a
// further thread tells the catalog of what the door has seen.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/file.h"
#include "lane/worker.h"
#include "part/part.h"
#include "sources/dimse/conversation.h"

namespace dmw::sources {

/// start() and stop() are one thread's; the rest may be asked by any.
class DimseDoor : public Part {
 public:
  /// All of it outlives the door.
  struct Surroundings {
    db::Database& catalog;
    inbox::Inbox& inbox;
    const dicom::ReadOptions& read;
    Metrics& metrics;
    const Clock& clock;
  };

  /// `name`: the source as people see it.
  DimseDoor(const std::string& name, DimseOptions options, const Surroundings& rooms);
  ~DimseDoor() override;

  /// Errors: conflict (the port is taken), invalid (no address of this machine).
  Result<> start() override;
  /// Takes no more connections and ends associations that wait; one that is in the middle of a message may end it until
  /// `patience` is over. Every peer gets an A-ABORT; the connection of one that does not take it is cut soon after.
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

  /// Who may call from now on; an association that is open goes on. Any thread.
  void change_callers(config::Callers callers) { floor_.gate.change(std::move(callers)); }

  std::uint16_t port() const { return port_; }
  /// Associations that are open.
  std::size_t open() const { return floor_.associations.taken(); }
  /// May an instance come in now? Errors: full.
  Result<> admit() const { return door_.admit(); }

 private:
  struct Line;
  void listen();
  void take(File socket);
  /// Nothing when there is none, and nobody who waits can be sent away for it.
  std::optional<Seats::Seat> seat_for(const IpAddress& host);
  /// Ends the connection that has been here longest without an association, of this host or of any.
  void send_one_away(const IpAddress* host);
  void turn_away(const DimsePeer& peer, const std::string& reason, std::string words);
  /// Joins the threads that have ended.
  void tidy();
  /// Until there is none, or `patience` is over.
  void await_ends(std::chrono::milliseconds patience);

  const DimseOptions options_;
  Door door_;
  AssociationLog log_;
  lane::Worker log_worker_;
  DimseFloor floor_;
  const std::size_t connections_max_;
  Seats connections_;
  File socket_;
  File wake_;  // an eventfd: readable when it is time to end
  std::uint16_t port_ = 0;
  std::thread listener_;
  std::list<std::unique_ptr<Line>> lines_;  // the listener's, and stop()'s after it
};

/// In the place of a door that has no port.
std::unique_ptr<Part> no_dimse(const std::string& name);

}  // namespace dmw::sources
