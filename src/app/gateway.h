// Gateway: the whole program. It creates its parts, connects them, and starts and stops them in order.
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
    /// When the catalog is open, adds the objects of the store that it does not know.
    bool adopt_store = false;
    /// Further ones, from the caller of the gateway.
    std::vector<http::Route> routes{};
    Listening listening = Listening::everywhere;
  };

  /// Opens everything except the catalog, which a worker opens after the start, because received files can be kept
  /// without it. Nothing runs yet. Errors: conflict (the inbox belongs to another process), invalid, full, unavailable
  /// (the store that the catalog belongs to is missing).
  static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings, const Opening& opening);
  static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings) { return open(settings, Opening()); }
  ~Gateway();

  /// Starts opening the catalog, and watching catalog and store. Call it once, before start().
  void watch();
  /// Starts listening and all workers. After an error everything is stopped again. Best called after the catalog has
  /// opened: until then the workers pause and requests are refused. Errors: conflict (an address is in use).
  Result<> start();
  /// Patience of a stop by a person or a service manager, which waits for 30 s.
  static constexpr std::chrono::seconds stop_patience{20};
  /// Refuses new work, finishes current work, and gives up its leases. Within `patience`, and a few seconds, also while
  /// the database hangs.
  void stop(std::chrono::milliseconds patience);

  /// Applies the settings that can change without a restart (the live rows of the table): also to studies that have
  /// changed already, and to new connections and associations. Other settings stay unchanged. Any thread.
  void take(const config::Settings& settings);

  /// Its parts; valid as long as the gateway exists.
  const PartList& parts() const;
  /// Opens the catalog now, for a caller that needs it. Errors: unavailable (with the cause).
  Result<> open_catalog();
  catalog::Gate::State catalog_state() const;
  /// Why the opened catalog does not belong to the store, with what to do; nullopt if it belongs.
  std::optional<Error> store_refused() const;
  /// The HTTP port.
  std::uint16_t http_port() const;
  /// The address of the start page, with a slash at its end.
  std::string http_url() const;
  /// False if CONTROL_SOCKET could not be created, so that the program can only be reached over HTTP.
  bool has_control_socket() const;

 private:
  struct State;
  explicit Gateway(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::app
