// Outlets: the part `broker`: the ways out to Kafka, one a topic, each with a sink, a relay and a position of its own:
// the trouble of one topic is that topic's alone.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "config/settings.h"
#include "db/database.h"
#include "events/kafka/kafka_sink.h"
#include "events/relay.h"
#include "part/part.h"

namespace dmw::app {

/// The name of a sink in the catalog, and its topic.
struct SinkName {
  std::string name;
  Topic topic;
};

class Outlets : public Part {
 public:
  struct Surroundings {
    db::Database& database;
    const Clock& clock;
    Metrics& metrics;
    std::string holder;                  ///< the replica
    std::function<void()> on_published;  ///< a study's event is in Kafka. On a thread of its relay
  };

  /// Kafka is configured. Errors: those of KafkaSink::open().
  static Result<std::unique_ptr<Outlets>> open(const config::Settings& settings, const Surroundings& around);

  Result<> start() override;
  /// Another password, certificate or key: see KafkaSink::change_access(). Any thread.
  void change_access(const config::Settings& settings);
  /// There may be new events of the topic. Any thread.
  void nudge(Topic topic);
  void begin_stop(std::chrono::milliseconds patience) override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  /// The relays write the lines about a sink.
  std::optional<PartState> state_for_log() const override { return std::nullopt; }
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

 private:
  explicit Outlets(const config::Settings& settings);

  struct Outlet {
    Topic topic;
    std::unique_ptr<events::kafka::KafkaSink> sink;
    std::unique_ptr<events::Relay> relay;
  };
  const PartSummary summary_;
  std::vector<Outlet> outlets_;
};

/// What the broker is called where none is configured: the events stay in the catalog.
std::unique_ptr<Part> no_broker();

/// Each topic says what is wrong with it; of a whole cluster that is away only the first does. Where the catalog is
/// away instead, that speaks for itself.
PartState broker_state(const std::vector<events::Relay::State>& relays);

/// Of the studies first, whose position tells what is published.
const std::array<SinkName, 2>& kafka_sinks();

}  // namespace dmw::app
