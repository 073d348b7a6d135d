#include "dimse/listener.h"

#include <atomic>
#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "base/listening.h"
#include "base/log.h"

namespace dmw::dimse {
namespace {

using namespace std::chrono_literals;

/// Connections beyond the limit of associations, so that their callers can be rejected with a reason.
constexpr std::size_t antechamber = 32;
constexpr auto look_around = 1s;
/// Time to deliver the A-ABORT that ends an association at stop().
constexpr auto last_words = 2s;

PartTraits listener_traits(const std::string& name, std::vector<std::string> needs) {
  return {.name = name, .kind = PartKind::source, .needs = std::move(needs)};
}

/// The host in "10.1.2.3:40000" or "[::ffff:10.1.2.3]:40000".
std::string host_of(std::string_view peer) {
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  constexpr std::string_view mapped = "::ffff:";
  if (host.starts_with(mapped) && host.contains('.')) host.remove_prefix(mapped.size());
  return std::string(host);
}

}  // namespace

/// A connection and its thread.
struct Listener::Line {
  Line(File socket, Peer peer, Floor& floor, Seats::Seat taken)
      : seat(std::move(taken)), conversation(std::move(socket), std::move(peer), floor) {}

  Seats::Seat seat;
  Conversation conversation;
  std::atomic<bool> ended = false;
  std::thread thread;
};

Listener::Listener(const std::string& name, Options options, std::vector<Service*> services, const Surroundings& rooms)
    : Part(listener_traits(name, Services(services).needed_parts())),
      options_(std::move(options)),
      log_(rooms.catalog, rooms.metrics, rooms.clock),
      log_worker_({.name = "associations",
                   .interval = look_around,
                   .pass = [this] { return log_.pass(); },
                   .probe = [&catalog = rooms.catalog] { return catalog.probe(); }},
                  rooms.clock),
      floor_{.options = options_,
             .source = this->name(),
             .services = Services(std::move(services)),
             .log = log_,
             .clock = rooms.clock,
             .gate = CallerGate(options_.callers, rooms.clock),
             .associations = Seats(options_.associations, options_.associations_per_host),
             .metrics = AssociationMetrics(rooms.metrics)},
      connections_max_(options_.associations + antechamber),
      connections_(connections_max_, options_.associations_per_host + antechamber) {}

Listener::~Listener() {
  stop(0ms);
}

PartState Listener::state() const {
  const Result<> ready = floor_.services.ready();
  return ready ? ok() : degraded(ready.error().what);
}

std::optional<PartSummary> Listener::summary(const SummaryOrder& /*order*/) const {
  const std::size_t callers = options_.callers.rules.size();
  return PartSummary{.title = name(),
                     .what = format("{}:{}  AE {}", options_.bind, options_.port, options_.ae_title),
                     .more = callers == 0
                                 ? "reachable from this machine only; for modalities set DIMSE_BIND and DIMSE_CALLERS"
                                 : format("{} in DIMSE_CALLERS may call", callers)};
}

std::unique_ptr<Part> no_listener(const std::string& name) {
  return std::make_unique<OffPart>(listener_traits(name, {}), "DIMSE_PORT is 0",
                                   PartSummary{.title = name, .kind = "off", .what = "set DIMSE_PORT"});
}

Result<> Listener::start() {
  Result<File> socket = listen_tcp(options_.bind, options_.port);
  if (!socket) return std::unexpected(naming_setting("DIMSE_PORT", std::move(socket).error()));
  socket_ = *std::move(socket);
  port_ = port_of(socket_.descriptor());
  wake_ = File(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.is_open()) return fail_errno(errno, "eventfd");
  log_worker_.start();
  listener_ = std::thread([this] { listen(); });
  return {};
}

void Listener::listen() {
  const int patience = static_cast<int>(std::chrono::milliseconds(look_around).count());
  while (true) {
    pollfd ready[] = {{wake_.descriptor(), POLLIN, 0}, {socket_.descriptor(), POLLIN, 0}};
    ::poll(ready, 2, patience);
    if (ready[0].revents != 0) return;
    tidy();
    if (ready[1].revents == 0) continue;
    File socket(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.is_open()) {
      take(std::move(socket));
    } else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
      // Out of descriptors or memory: an open connection may end soon, so try again later.
      log::warning("accept_failed", fail_errno(errno, "accept").error().message());
      ::poll(ready, 1, patience);
    }
  }
}

void Listener::take(File socket) {
  const std::string host = host_of(peer_of(socket.descriptor()));
  const std::optional<IpAddress> address = IpAddress::parse(host);
  if (!address) return;
  const Peer peer{*address, host};
  if (std::optional<std::string> objection = floor_.gate.objection(*address))
    return turn_away(peer, "caller", *std::move(objection));
  std::optional<Seats::Seat> seat = seat_for(*address);
  if (!seat)
    return turn_away(peer, "connections",
                     "too many connections at once (DIMSE_ASSOCIATIONS, DIMSE_ASSOCIATIONS_PER_HOST)");
  auto line = std::make_unique<Line>(std::move(socket), peer, floor_, std::move(*seat));
  try {
    line->thread = std::thread([&made = *line] {
      made.conversation.run();
      made.ended = true;
    });
  } catch (const std::system_error& error) {
    log::warning("accept_failed", error.what());
    return;
  }
  lines_.push_back(std::move(line));
}

/// Silent connections must not keep senders out. A sender requests its association at once, so the oldest connection
/// without a request is the least likely to be a sender.
std::optional<Seats::Seat> Listener::seat_for(const IpAddress& host) {
  std::optional<Seats::Seat> seat = connections_.take(host);
  if (seat) return seat;
  send_one_away(connections_.taken() == connections_max_ ? nullptr : &host);
  return connections_.take(host);
}

void Listener::send_one_away(const IpAddress* host) {
  // The list is ordered by the start of the connections.
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    Conversation& conversation = (*line)->conversation;
    if (host != nullptr && conversation.peer().address != *host) continue;
    if (!conversation.give_way()) continue;
    (*line)->thread.join();
    lines_.erase(line);
    return;
  }
}

void Listener::turn_away(const Peer& peer, const std::string& reason, std::string words) {
  const Session session = session_of(name(), peer, floor_.clock.now());
  Account(floor_, peer, session).turned_away(reason, std::move(words));
}

void Listener::tidy() {
  std::erase_if(lines_, [](const std::unique_ptr<Line>& line) {
    if (!line->ended) return false;
    line->thread.join();
    return true;
  });
}

void Listener::await_ends(std::chrono::milliseconds patience) {
  const Monotonic until = floor_.clock.monotonic() + patience;
  for (tidy(); !lines_.empty() && floor_.clock.monotonic() < until; tidy()) std::this_thread::sleep_for(10ms);
}

void Listener::stop(std::chrono::milliseconds patience) {
  if (!listener_.joinable()) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.descriptor(), &one, sizeof one));
  listener_.join();
  socket_ = File();
  for (const auto& line : lines_) line->conversation.stop();
  await_ends(patience);
  for (const auto& line : lines_) line->conversation.interrupt();
  await_ends(last_words);
  for (const auto& line : lines_) line->conversation.sever();
  for (const auto& line : lines_) line->thread.join();
  lines_.clear();
  log_worker_.stop();
  if (const Result<bool> told = log_.finish(); !told) log::warning("association_notes_lost", told.error().message());
}

}  // namespace dmw::dimse
