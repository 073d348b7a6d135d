// Outlets: the sinks of events. Each sink is a part with one relay per topic, and each relay has its own position.
// Trouble of one sink or topic does not affect the others. The kinds of sinks are listed in outlets.cc.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/sinks.h"
#include "config/settings.h"
#include "db/database.h"
#include "events/relay.h"
#include "events/sink.h"
#include "part/part_list.h"

namespace dmw::app {

/// A configured sink of any kind.
struct OutletPlan {
  /// One topic of it. `take` applies changed settings to the running sink; may be empty.
  struct Opened {
    std::unique_ptr<events::EventSink> sink;
    std::function<void(const config::Settings&)> take;
  };

  std::string part;     ///< its name in /ready and in the metrics of parts
  PartSummary summary;  ///< for people
  config::SinkRules rules;
  std::string name;  ///< name of the sink of studies in the catalog, in metrics and in the log
  std::vector<Topic> topics;
  std::function<Result<Opened>(Topic topic)> open;

  /// The terms of one of its topics.
  catalog::SinkTerms terms(Topic topic) const;
};

/// A sink.
class Outlet : public Part {
 public:
  struct Surroundings {
    db::Database& database;
    const Clock& clock;
    Metrics& metrics;
    std::string holder;  ///< the replica
    std::function<void()>
        on_published;  ///< called on a thread of the relay when a required sink has further events of studies
  };

  /// Errors: those of the plan.
  static Result<std::unique_ptr<Outlet>> open(OutletPlan plan, const Surroundings& around);

  Result<> start() override;
  void take(const config::Settings& settings);
  void nudge(Topic topic);
  void begin_stop(std::chrono::milliseconds patience) override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  /// The relays log the state of a sink.
  std::optional<PartState> state_for_log() const override { return std::nullopt; }
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

 private:
  explicit Outlet(const OutletPlan& plan);
  Result<> add(const OutletPlan& plan, Topic topic, const Surroundings& around);

  struct OfTopic {
    Topic topic;
    OutletPlan::Opened opened;
    std::unique_ptr<events::Relay> relay;
  };
  const PartSummary summary_;
  std::vector<OfTopic> topics_;
};

/// All sinks.
class Outlets {
 public:
  /// Errors: those of Outlet::open().
  static Result<std::unique_ptr<Outlets>> open(const config::Settings& settings, const Outlet::Surroundings& around);

  /// If there is no sink, a part that reports this.
  void add_to(PartList& parts);
  /// Applies another password, certificate or key. Any thread.
  void take(const config::Settings& settings);
  /// There may be new events of the topic. Any thread.
  void nudge(Topic topic);

 private:
  std::vector<std::unique_ptr<Outlet>> outlets_;
  std::unique_ptr<Part> off_;
};

/// The configured sinks, with one entry per topic.
std::vector<catalog::SinkTerms> sinks_of(const config::Settings& settings);

/// The state of a sink, with the troubles of its topics. If the whole sink cannot be reached, only the first topic
/// reports it. Trouble of the catalog is reported by the catalog itself.
PartState outlet_state(const std::string& part, const std::vector<events::Relay::State>& relays);

}  // namespace dmw::app
