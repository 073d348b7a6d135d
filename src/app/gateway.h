// Gateway: the program in one piece: it makes its parts, tells each what to nudge, and starts and stops them in order.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/listener.h"
#include "base/result.h"
#include "catalog/gate.h"
#include "config/settings.h"
#include "http/router.h"
#include "part/part_list.h"

namespace dmw::app {

class Gateway {
 public:
  struct Opening {
    /// Takes the objects of the store into a catalog that does not know them, once the catalog is open.
    bool adopt_store = false;
    /// Further ones, of whoever runs the gateway.
    std::vector<http::Route> routes{};
    Listening listening = Listening::everywhere;
  };

  /// Opens everything but the catalog, which a worker opens once the gateway runs: what is pushed is kept without it.
  /// Nothing runs yet. Errors: conflict (the inbox belongs to another process), invalid, full, unavailable (there is no
  /// store, and the catalog says that there was one).
  static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings, const Opening& opening);
  static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings) { return open(settings, Opening()); }
  ~Gateway();

  /// Begins to open the catalog, and to look whether it and the store are well. Once, before start().
  void watch();
  /// Listens, and starts what works on that which comes in; an error has stopped everything again. Best once the
  /// catalog was asked: until it is open the work pauses and requests are refused. Errors: conflict (an address is
  /// taken).
  Result<> start();
  /// Of a stop that a person or a service manager asks for, who waits for 30 s.
  static constexpr std::chrono::seconds stop_patience{20};
  /// Refuses what is new, lets what is under way end, hands over what it leads. Within `patience`, and a few seconds,
  /// also while the database hangs.
  void stop(std::chrono::milliseconds patience);

  /// Of these settings what a running program takes (the rows of the table that are live) is in force from now on: for
  /// studies that are dirty already, for new connections and associations. The rest is as it was. Any thread.
  void take(const config::Settings& settings);

  /// Its parts, as long as it lives.
  const PartList& parts() const;
  /// Opens the catalog now, for one who would not do without it. Errors: unavailable (with the cause).
  Result<> open_catalog();
  catalog::Gate::State catalog_state() const;
  /// Why the catalog, which has answered, is not that of the store, with what to do; nothing otherwise.
  std::optional<Error> store_refused() const;
  /// The port that HTTP listens on.
  std::uint16_t http_port() const;
  /// The address of the start page, with a slash at its end.
  std::string http_url() const;
  /// False: CONTROL_SOCKET could not be made, and only HTTP reaches the program.
  bool has_control_socket() const;

 private:
  struct State;
  explicit Gateway(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::app
