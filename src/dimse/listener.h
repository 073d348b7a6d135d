// Listener: the port for DIMSE. It gives every connection a thread of its own, and ends them when it closes; a further
// thread tells the catalog of what it has seen. What peers may ask for is the matter of the services.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "dimse/conversation.h"
#include "lane/worker.h"
#include "part/part.h"

namespace dmw::dimse {

/// start() and stop() are one thread's; the rest may be asked by any.
class Listener : public Part {
 public:
  /// All of it outlives the listener.
  struct Surroundings {
    db::Database& catalog;
    Metrics& metrics;
    const Clock& clock;
  };

  /// `name`: the source as people see it. The services outlive the listener.
  Listener(const std::string& name, Options options, std::vector<Service*> services, const Surroundings& rooms);
  ~Listener() override;

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

 private:
  struct Line;
  void listen();
  void take(File socket);
  /// Nothing when there is none, and nobody who waits can be sent away for it.
  std::optional<Seats::Seat> seat_for(const IpAddress& host);
  /// Ends the connection that has been here longest without an association, of this host or of any.
  void send_one_away(const IpAddress* host);
  void turn_away(const Peer& peer, const std::string& reason, std::string words);
  /// Joins the threads that have ended.
  void tidy();
  /// Until there is none, or `patience` is over.
  void await_ends(std::chrono::milliseconds patience);

  const Options options_;
  AssociationLog log_;
  lane::Worker log_worker_;
  Floor floor_;
  const std::size_t connections_max_;
  Seats connections_;
  File socket_;
  File wake_;  // an eventfd: readable when it is time to end
  std::uint16_t port_ = 0;
  std::thread listener_;
  std::list<std::unique_ptr<Line>> lines_;  // the listener's, and stop()'s after it
};

/// In the place of a listener that has no port.
std::unique_ptr<Part> no_listener(const std::string& name);

}  // namespace dmw::dimse
