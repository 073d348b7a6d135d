// Gateway: all rooms of the program, wired together. What nudges what is written in one place, connect().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "api/parts.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/migrations.h"
#include "config/settings.h"

namespace dmw::app {

class Gateway {
 public:
  struct Opening {
    bool adopt_store = false;  // take the objects of the store into a catalog that does not know them
    /// Asked while that goes on: true ends it.
    std::function<bool()> stopped = [] { return false; };
  };

  /// Opens everything, and brings the catalog to its schema. Nothing runs yet.
  /// Errors: conflict (the inbox or the catalog belongs to somebody else), unavailable (the database), invalid, full,
  /// cancelled (stopped while the store was adopted).
  static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings, const Opening& opening);
  static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings) { return open(settings, Opening()); }
  ~Gateway();

  /// With the control socket alone every door stays closed but that of an import.
  enum class Listening { everywhere, control_socket };

  /// Starts all threads and listens; an error has stopped them again. Errors: conflict (an address is taken).
  Result<> start(Listening where = Listening::everywhere);
  /// Of a stop that a person or a service manager asks for, who waits for 30 s.
  static constexpr std::chrono::seconds stop_patience{20};
  /// Refuses what is new, lets what is under way end, hands over what it leads. Within `patience`, and a few seconds,
  /// also while the database hangs.
  void stop(std::chrono::milliseconds patience);

  /// From now on, for studies that are dirty already too. Any thread.
  void change_settling(const config::Settle& settle);

  std::vector<api::PartState> readiness() const;
  const catalog::SchemaState& schema() const;
  /// The port that HTTP listens on.
  std::uint16_t http_port() const;
  /// False: CONTROL_SOCKET could not be made, and only HTTP reaches the program.
  bool has_control_socket() const;
  Result<std::int64_t> study_count() const;
  Result<std::optional<std::uint64_t>> free_bytes() const;

 private:
  struct State;
  explicit Gateway(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::app
