// Listener: the DIMSE port. Each connection has its own thread. A further thread writes notes on associations to the
// catalog. The services decide which requests are served.
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

/// start() and stop() must be called by one thread; all other functions by any thread.
class Listener : public Part {
 public:
  /// The objects that the listener uses; they outlive it.
  struct Surroundings {
    db::Database& catalog;
    Metrics& metrics;
    const Clock& clock;
  };

  /// `name`: the name of the source for people. The services outlive the listener.
  Listener(const std::string& name, Options options, std::vector<Service*> services, const Surroundings& rooms);
  ~Listener() override;

  /// Errors: conflict (the port is taken), invalid (no address of this machine).
  Result<> start() override;
  /// Stops accepting connections and ends idle associations. An association in the middle of a message may finish the
  /// message within `patience`. Every peer gets an A-ABORT; if a peer does not read it, its connection is closed soon
  /// after.
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

  /// Replaces the allowed callers. Open associations continue. Any thread.
  void change_callers(config::Callers callers) { floor_.gate.change(std::move(callers)); }

  std::uint16_t port() const { return port_; }
  /// Open associations.
  std::size_t open() const { return floor_.associations.taken(); }

 private:
  struct Line;
  void listen();
  void take(File socket);
  /// A seat for a new connection; nullopt if all are taken and no connection can be closed for it.
  std::optional<Seats::Seat> seat_for(const IpAddress& host);
  /// Closes the oldest connection that has no association, of this host or (null) of any host.
  void send_one_away(const IpAddress* host);
  void turn_away(const Peer& peer, const std::string& reason, std::string words);
  /// Joins the threads that have ended.
  void tidy();
  /// Waits until no connection is left, or `patience` is over.
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

/// The part that stands for a listener without a port (DIMSE_PORT=0).
std::unique_ptr<Part> no_listener(const std::string& name);

}  // namespace dmw::dimse
