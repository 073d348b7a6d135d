// Part: a component of the running program that reports its state.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace dmw {

enum class PartKind {
  source,  ///< an intake of instances
  server,  ///< answers requests
  watch,   ///< checks a server or disk that the program needs
  work,    ///< processes received instances
  sink,    ///< publishes events
};

/// The constant properties of a part.
struct PartTraits {
  std::string name;  ///< its name in /ready, in metrics and in the log
  PartKind kind = PartKind::work;
  std::vector<std::string> needs{};  ///< parts whose trouble explains the trouble of this one
  bool retries = false;              ///< after trouble it retries by itself
};

/// The state of a part, as in /ready.
struct PartState {
  enum class State {
    ok,
    degraded,  ///< some work waits; acknowledged files are safe and new ones are accepted
    down,      ///< because of this part no file can be acknowledged safely: /ready answers 503
    off,       ///< not configured
  };
  std::string name;
  State state = State::ok;
  std::string reason{};                  ///< one sentence, or several causes; no patient data, no secret
  std::optional<MicrosUtc> since{};      ///< time at which this state began
  std::vector<std::string> causes{};     ///< the single causes if `reason` has several
  std::vector<std::string> waits_for{};  ///< parts whose trouble fully explains the trouble of this one

  bool well() const { return state == State::ok || state == State::off; }
  /// One more cause.
  void add_cause(const std::string& cause);
};
/// "ok", "degraded", "down", "off".
std::string_view name(PartState::State state);

/// A line about a part for the person who starts the program.
struct PartSummary {
  std::string title;   ///< name of the part for people
  std::string kind{};  ///< the kind, if there are several: "sqlite"
  std::string what{};  ///< an address, a path
  std::string more{};
};

/// Facts about the reader of a summary.
struct SummaryOrder {
  std::string http_url;        ///< the address of the HTTP server, with a slash at its end
  bool may_ask_peers = false;  ///< with a short timeout: the reader can wait a second
};

class Part {
 public:
  explicit Part(PartTraits traits) : traits_(std::move(traits)) {}
  virtual ~Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  const std::string& name() const { return traits_.name; }
  const PartTraits& traits() const { return traits_; }

  /// Starts the part; call it once. Errors: conflict (an address is in use), invalid; after an error nothing of the
  /// part runs.
  virtual Result<> start() { return {}; }
  /// Stops accepting new work; current work may finish within `patience`. Returns at once. Call it after start().
  virtual void begin_stop(std::chrono::milliseconds /*patience*/) {}
  /// Call it after begin_stop(). Returns when nothing of the part runs any more; work that is not finished after
  /// `patience` is aborted.
  virtual void stop(std::chrono::milliseconds /*patience*/) {}

  /// Any thread. Contacts no other server.
  virtual PartState state() const = 0;
  /// The state to be logged; nullopt while the part logs its state itself. Any thread.
  virtual std::optional<PartState> state_for_log() const { return state(); }
  /// One line for the banner; nullopt if there is nothing to add.
  virtual std::optional<PartSummary> summary(const SummaryOrder& /*order*/) const { return std::nullopt; }

 protected:
  PartState ok(std::string reason = {}) const { return {.name = name(), .reason = std::move(reason)}; }
  PartState degraded(std::string reason, std::optional<MicrosUtc> since = {}) const {
    return {.name = name(), .state = PartState::State::degraded, .reason = std::move(reason), .since = since};
  }

 private:
  const PartTraits traits_;
};

/// A part that is not configured.
class OffPart : public Part {
 public:
  /// `summary` is its line in the banner.
  OffPart(PartTraits traits, std::string reason, PartSummary summary)
      : Part(std::move(traits)), reason_(std::move(reason)), summary_(std::move(summary)) {}

  PartState state() const override { return {.name = name(), .state = PartState::State::off, .reason = reason_}; }
  std::optional<PartSummary> summary(const SummaryOrder& /*order*/) const override { return summary_; }

 private:
  const std::string reason_;
  const PartSummary summary_;
};

}  // namespace dmw
