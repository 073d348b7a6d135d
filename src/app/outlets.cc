#include "app/outlets.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/kafka_outlets.h"
#include "base/format.h"
#include "base/stage_timer.h"

namespace dmw::app {
namespace {

/// All kinds of sinks: functions that make plans from the settings.
constexpr std::vector<OutletPlan> (*kinds[])(const config::Settings&) = {
    kafka_outlets,
};

/// The name of the part that exists without a sink.
constexpr const char* no_sink = "broker";

/// Most events are about studies, so a relay of dead letters reads the log less often.
constexpr std::chrono::milliseconds look_for_studies{250};
constexpr std::chrono::milliseconds look_for_dead_letters{1'000};

std::vector<OutletPlan> plans_of(const config::Settings& settings) {
  std::vector<OutletPlan> plans;
  for (const auto kind : kinds) std::ranges::move(kind(settings), std::back_inserter(plans));
  return plans;
}

std::string counted_events(std::int64_t events, std::string_view one, std::string_view many) {
  if (events == 0) return "";
  return events == 1 ? format("; 1 event {}", one) : format("; {} events {}", events, many);
}

std::string reason_of(const events::Relay::State& relay) {
  return relay.sink_away->reason + counted_events(relay.lag, "is waiting", "are waiting") +
         counted_events(relay.passed_over, "was skipped", "were skipped");
}

events::Relay::Options options_of(const OutletPlan& plan, Topic topic, const Outlet::Surroundings& around) {
  const bool is_study = topic == Topic::metadata;
  events::Relay::Options options;
  options.sink = plan.terms(topic);
  options.give_up_after = plan.rules.give_up_after;
  options.holder = around.holder;
  options.interval = is_study ? look_for_studies : look_for_dead_letters;
  const Labels labels = {{"sink", options.sink.name}};
  options.refusals = &around.metrics.counter("dicom_middleware_sink_refusals_total",
                                             "Publish attempts that a sink refused, completely or in part", labels);
  options.passed_over =
      &around.metrics.counter("dicom_middleware_sink_passed_over_total",
                              "Events that were skipped for a sink: the sink does not have them", labels);
  if (!options.sink.is_required) return options;
  options.publish_seconds = &stage_seconds(around.metrics, "publish");
  if (is_study) options.on_advanced = [told = around.on_published](std::int64_t) { told(); };
  return options;
}

}  // namespace

catalog::SinkTerms OutletPlan::terms(Topic topic) const {
  return {.name = topic == Topic::metadata ? name : name + "/dlq",
          .topic = topic,
          .is_required = rules.policy == config::SinkPolicy::required,
          .begins_now = rules.begin == config::SinkBegin::now};
}

std::vector<catalog::SinkTerms> sinks_of(const config::Settings& settings) {
  std::vector<catalog::SinkTerms> sinks;
  for (const OutletPlan& plan : plans_of(settings)) {
    for (const Topic topic : plan.topics) sinks.push_back(plan.terms(topic));
  }
  return sinks;
}

PartState outlet_state(const std::string& part, const std::vector<events::Relay::State>& relays) {
  PartState state{.name = part};
  for (const events::Relay::State& relay : relays) {
    if (!relay.sink_away) continue;
    state.since = std::min(state.since.value_or(relay.sink_away->since), relay.sink_away->since);
    const bool is_told = !state.well() && !relay.sink_away->is_alone;
    state.state = PartState::State::degraded;
    if (!is_told) state.reason += (state.reason.empty() ? "" : ". ") + reason_of(relay);
  }
  if (!state.well() || relays.empty()) return state;
  const auto kind = relays.front().kind;
  if (kind == events::Relay::State::Kind::starting) state.reason = "not checked yet";
  if (kind == events::Relay::State::Kind::paused) state.reason = "not checked now: " + relays.front().reason;
  if (kind == events::Relay::State::Kind::standby) state.reason = "another replica publishes";
  return state;
}

Outlet::Outlet(const OutletPlan& plan) : Part({.name = plan.part, .kind = PartKind::sink}), summary_(plan.summary) {}

Result<std::unique_ptr<Outlet>> Outlet::open(OutletPlan plan, const Surroundings& around) {
  std::unique_ptr<Outlet> outlet(new Outlet(plan));
  for (const Topic topic : plan.topics) TRY(outlet->add(plan, topic, around));
  return outlet;
}

Result<> Outlet::add(const OutletPlan& plan, Topic topic, const Surroundings& around) {
  OfTopic added{topic, TRY(plan.open(topic)), nullptr};
  added.relay = std::make_unique<events::Relay>(around.database, *added.opened.sink, around.clock,
                                                options_of(plan, topic, around));
  topics_.push_back(std::move(added));
  return {};
}

Result<> Outlet::start() {
  for (const OfTopic& one : topics_) one.relay->start();
  return {};
}

void Outlet::take(const config::Settings& settings) {
  for (const OfTopic& one : topics_) {
    if (!one.opened.take) continue;
    one.opened.take(settings);
    one.relay->nudge();
  }
}

void Outlet::nudge(Topic topic) {
  for (const OfTopic& one : topics_) {
    if (one.topic == topic) one.relay->nudge();
  }
}

void Outlet::begin_stop(std::chrono::milliseconds patience) {
  for (const OfTopic& one : topics_) one.relay->end_within(patience);
}

void Outlet::stop(std::chrono::milliseconds patience) {
  for (const OfTopic& one : topics_) one.relay->stop(patience);
}

PartState Outlet::state() const {
  std::vector<events::Relay::State> relays;
  for (const OfTopic& one : topics_) relays.push_back(one.relay->state());
  return outlet_state(name(), relays);
}

std::optional<PartSummary> Outlet::summary(const SummaryOrder& /*order*/) const {
  return summary_;
}

Result<std::unique_ptr<Outlets>> Outlets::open(const config::Settings& settings, const Outlet::Surroundings& around) {
  auto outlets = std::make_unique<Outlets>();
  for (OutletPlan& plan : plans_of(settings)) outlets->outlets_.push_back(TRY(Outlet::open(std::move(plan), around)));
  if (!outlets->outlets_.empty()) return outlets;
  const std::string advice = "set KAFKA_BOOTSTRAP_SERVERS to publish";
  outlets->off_ = std::make_unique<OffPart>(
      PartTraits{.name = no_sink, .kind = PartKind::sink}, advice,
      PartSummary{.title = "events", .kind = "log", .what = "in the catalog", .more = advice});
  return outlets;
}

void Outlets::add_to(PartList& parts) {
  for (const std::unique_ptr<Outlet>& outlet : outlets_) parts.add(*outlet);
  if (off_) parts.add(*off_);
}

void Outlets::take(const config::Settings& settings) {
  for (const std::unique_ptr<Outlet>& outlet : outlets_) outlet->take(settings);
}

void Outlets::nudge(Topic topic) {
  for (const std::unique_ptr<Outlet>& outlet : outlets_) outlet->nudge(topic);
}

}  // namespace dmw::app
