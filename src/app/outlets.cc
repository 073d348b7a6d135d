#include "app/outlets.h"

#include <utility>

#include "app/mapping.h"
#include "base/stage_timer.h"

namespace dmw::app {
namespace {

/// Studies have the log nearly for themselves; a relay of dead letters need not look as often.
constexpr std::chrono::milliseconds look_for_studies{250};
constexpr std::chrono::milliseconds look_for_dead_letters{1'000};

}  // namespace

const std::array<SinkName, 2>& kafka_sinks() {
  static const std::array<SinkName, 2> sinks = {
      {{kafka_sink_name, Topic::metadata}, {kafka_dead_letter_sink_name, Topic::dead_letters}}};
  return sinks;
}

Result<std::unique_ptr<Outlets>> Outlets::open(const config::Settings& settings, const Surroundings& around) {
  auto made = std::make_unique<Outlets>();
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

void Outlets::start() {
  for (const Outlet& outlet : outlets_) outlet.relay->start();
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

void Outlets::stop(std::chrono::milliseconds patience) {
  for (const Outlet& outlet : outlets_) outlet.relay->end_within(patience);
  for (const Outlet& outlet : outlets_) outlet.relay->stop(patience);
}

std::vector<events::Relay::State> Outlets::states() const {
  std::vector<events::Relay::State> states;
  for (const Outlet& outlet : outlets_) states.push_back(outlet.relay->state());
  return states;
}

}  // namespace dmw::app
