// Outlets: the ways out of events: each sink is a part with a relay a topic, which has a position of its own. The
// trouble of one sink, or of one topic, is its alone. Which kinds of sinks there are is said in outlets.cc, a line
// each.
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

/// A sink that the settings name, whatever its kind.
struct OutletPlan {
  /// One topic of it. `take` gives the sink what of the settings it takes while it runs; may be empty.
  struct Opened {
    std::unique_ptr<events::EventSink> sink;
    std::function<void(const config::Settings&)> take;
  };

  std::string part;     ///< its name in /ready and in the metrics of parts
  PartSummary summary;  ///< for people
  config::SinkRules rules;
  std::string name;  ///< of the sink of studies: in the catalog, in metrics and in the log
  std::vector<Topic> topics;
  std::function<Result<Opened>(Topic topic)> open;

  /// Of one of its topics.
  catalog::SinkTerms terms(Topic topic) const;
};

/// A sink.
class Outlet : public Part {
 public:
  struct Surroundings {
    db::Database& database;
    const Clock& clock;
    Metrics& metrics;
    std::string holder;                  ///< the replica
    std::function<void()> on_published;  ///< a required sink has further events of studies. On a thread of its relay
  };

  /// Errors: those of the plan.
  static Result<std::unique_ptr<Outlet>> open(OutletPlan plan, const Surroundings& around);

  Result<> start() override;
  void take(const config::Settings& settings);
  void nudge(Topic topic);
  void begin_stop(std::chrono::milliseconds patience) override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  /// The relays write the lines about a sink.
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

  /// Where there is no sink, a part that says so.
  void add_to(PartList& parts);
  /// Another password, certificate or key of a sink. Any thread.
  void take(const config::Settings& settings);
  /// There may be new events of the topic. Any thread.
  void nudge(Topic topic);

 private:
  std::vector<std::unique_ptr<Outlet>> outlets_;
  std::unique_ptr<Part> off_;
};

/// The sinks that these settings name, each topic of each.
std::vector<catalog::SinkTerms> sinks_of(const config::Settings& settings);

/// Each topic says what is wrong with it; of a whole sink that is away only the first does. Where the catalog is
/// away instead, that speaks for itself.
PartState outlet_state(const std::string& part, const std::vector<events::Relay::State>& relays);

}  // namespace dmw::app
