#include "app/outlets.h"

#include <algorithm>
#include <utility>

#include "app/mapping.h"
#include "base/format.h"
#include "base/stage_timer.h"

namespace dmw::app {
namespace {

/// Studies have the log nearly for themselves; a relay of dead letters need not look as often.
constexpr std::chrono::milliseconds look_for_studies{250};
constexpr std::chrono::milliseconds look_for_dead_letters{1'000};

PartTraits broker_traits() {
  return {.name = "broker", .kind = PartKind::sink};
}

std::string reason_of(const events::Relay::State& relay) {
  std::string reason = relay.sink_away->reason;
  if (relay.lag == 1) reason += "; 1 event waits";
  if (relay.lag > 1) reason += format("; {} events wait", relay.lag);
  return reason;
}

}  // namespace

PartState broker_state(const std::vector<events::Relay::State>& relays) {
  PartState broker{.name = broker_traits().name};
  for (const events::Relay::State& relay : relays) {
    if (!relay.sink_away) continue;
    broker.since = std::min(broker.since.value_or(relay.sink_away->since), relay.sink_away->since);
    const bool is_told = !broker.well() && !relay.sink_away->is_alone;
    broker.state = PartState::State::degraded;
    if (!is_told) broker.reason += (broker.reason.empty() ? "" : ". ") + reason_of(relay);
  }
  if (!broker.well() || relays.empty()) return broker;
  const auto kind = relays.front().kind;
  if (kind == events::Relay::State::Kind::starting) broker.reason = "not asked yet";
  if (kind == events::Relay::State::Kind::paused) broker.reason = "not asked now: " + relays.front().reason;
  if (kind == events::Relay::State::Kind::standby) broker.reason = "another replica publishes";
  return broker;
}

std::unique_ptr<Part> no_broker() {
  const std::string advice = "set KAFKA_BOOTSTRAP_SERVERS to publish";
  return std::make_unique<OffPart>(
      broker_traits(), advice, PartSummary{.title = "events", .kind = "log", .what = "in the catalog", .more = advice});
}

Outlets::Outlets(const config::Settings& settings)
    : Part(broker_traits()),
      summary_{.title = "events",
               .kind = "kafka",
               .what = settings.kafka.bootstrap_servers.value_or(""),
               .more = format("{}, {}", settings.kafka.topic, settings.kafka.dlq_topic)} {}

const std::array<SinkName, 2>& kafka_sinks() {
  static const std::array<SinkName, 2> sinks = {
      {{kafka_sink_name, Topic::metadata}, {kafka_dead_letter_sink_name, Topic::dead_letters}}};
  return sinks;
}

Result<std::unique_ptr<Outlets>> Outlets::open(const config::Settings& settings, const Surroundings& around) {
  std::unique_ptr<Outlets> made(new Outlets(settings));
  for (const auto& [name, topic] : kafka_sinks()) {
    const bool is_study = topic == Topic::metadata;
    Outlet outlet{topic, TRY(events::kafka::KafkaSink::open(kafka_options(settings), topic)), nullptr};
    events::Relay::Options options;
    options.sink = name;
    options.topic = topic;
    options.holder = around.holder;
    options.interval = is_study ? look_for_studies : look_for_dead_letters;
    options.refusals =
        &around.metrics.counter("dicom_middleware_sink_refusals_total",
                                "Tries to publish that Kafka refused, wholly or in part", {{"sink", name}});
    options.publish_seconds = &stage_seconds(around.metrics, "publish");
    if (is_study) options.on_advanced = [told = around.on_published](std::int64_t) { told(); };
    outlet.relay = std::make_unique<events::Relay>(around.database, *outlet.sink, around.clock, std::move(options));
    made->outlets_.push_back(std::move(outlet));
  }
  return made;
}

Result<> Outlets::start() {
  for (const Outlet& outlet : outlets_) outlet.relay->start();
  return {};
}

void Outlets::change_access(const config::Settings& settings) {
  for (const Outlet& outlet : outlets_) {
    outlet.sink->change_access(kafka_options(settings));
    outlet.relay->nudge();
  }
}

void Outlets::nudge(Topic topic) {
  for (const Outlet& outlet : outlets_) {
    if (outlet.topic == topic) outlet.relay->nudge();
  }
}

void Outlets::begin_stop(std::chrono::milliseconds patience) {
  for (const Outlet& outlet : outlets_) outlet.relay->end_within(patience);
}

void Outlets::stop(std::chrono::milliseconds patience) {
  for (const Outlet& outlet : outlets_) outlet.relay->stop(patience);
}

PartState Outlets::state() const {
  std::vector<events::Relay::State> relays;
  for (const Outlet& outlet : outlets_) relays.push_back(outlet.relay->state());
  return broker_state(relays);
}

std::optional<PartSummary> Outlets::summary(const SummaryOrder& /*order*/) const {
  return summary_;
}

}  // namespace dmw::app
