// Part: a piece of the program that runs by itself and says how it is.
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
  source,  ///< takes instances in
  server,  ///< answers requests
  watch,   ///< asks whether something that the program depends on is well
  work,    ///< carries on with what came in
  sink,    ///< hands on what was written
};

/// What is the same of a part as long as it lives.
struct PartTraits {
  std::string name;  ///< in /ready, in metrics and in the log
  PartKind kind = PartKind::work;
  std::vector<std::string> needs{};  ///< names of the parts whose trouble explains the trouble of this one
  bool retries = false;              ///< its trouble is one of work that it tries again
};

/// How a part is, as /ready tells it.
struct PartState {
  enum class State {
    ok,
    degraded,  ///< work waits, but what is acknowledged is safe and more is taken in
    down,      ///< nothing can be acknowledged safely because of this part: /ready answers 503
    off,       ///< not configured
  };
  std::string name;
  State state = State::ok;
  std::string reason{};                  ///< one sentence, or several causes; no patient data, no secret
  std::optional<MicrosUtc> since{};      ///< when it came into this state
  std::vector<std::string> causes{};     ///< one by one, where `reason` has several
  std::vector<std::string> waits_for{};  ///< names of parts whose trouble is all the trouble of this one

  bool well() const { return state == State::ok || state == State::off; }
  /// One more cause.
  void add_cause(const std::string& cause);
};
/// "ok", "degraded", "down", "off".
std::string_view name(PartState::State state);

/// A line about a part for the person who starts the program.
struct PartSummary {
  std::string title;   ///< of the part, for people
  std::string kind{};  ///< where there are several: "sqlite"
  std::string what{};  ///< an address, a path
  std::string more{};
};

/// For whom a summary is.
struct SummaryOrder {
  std::string http_url;        ///< the address of the HTTP server, with a slash at its end
  bool may_ask_peers = false;  ///< with little patience: the reader can wait a second
};

class Part {
 public:
  explicit Part(PartTraits traits) : traits_(std::move(traits)) {}
  virtual ~Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  const std::string& name() const { return traits_.name; }
  const PartTraits& traits() const { return traits_; }

  /// Once. Errors: conflict (an address is taken), invalid; nothing of the part runs then.
  virtual Result<> start() { return {}; }
  /// Takes nothing new; what is under way may end within `patience`. Returns at once. After start().
  virtual void begin_stop(std::chrono::milliseconds /*patience*/) {}
  /// After begin_stop(): returns when nothing of the part runs any more; what is under way after `patience` is cut off.
  virtual void stop(std::chrono::milliseconds /*patience*/) {}

  /// Any thread; asks no peer.
  virtual PartState state() const = 0;
  /// What the log is to say of its state; nothing while the part itself writes the lines about it. Any thread.
  virtual std::optional<PartState> state_for_log() const { return state(); }
  /// Nothing where there is no more to say than that the part is there.
  virtual std::optional<PartSummary> summary(const SummaryOrder& /*order*/) const { return std::nullopt; }

 protected:
  PartState ok(std::string reason = {}) const { return {.name = name(), .reason = std::move(reason)}; }
  PartState degraded(std::string reason, std::optional<MicrosUtc> since = {}) const {
    return {.name = name(), .state = PartState::State::degraded, .reason = std::move(reason), .since = since};
  }

 private:
  const PartTraits traits_;
};

/// A part that the settings leave out.
class OffPart : public Part {
 public:
  /// `summary` is what the banner says of it.
  OffPart(PartTraits traits, std::string reason, PartSummary summary)
      : Part(std::move(traits)), reason_(std::move(reason)), summary_(std::move(summary)) {}

  PartState state() const override { return {.name = name(), .state = PartState::State::off, .reason = reason_}; }
  std::optional<PartSummary> summary(const SummaryOrder& /*order*/) const override { return summary_; }

 private:
  const std::string reason_;
  const PartSummary summary_;
};

}  // namespace dmw
