#include "app/pipeline.h"

#include <set>
#include <utility>

#include "app/mapping.h"
#include "config/orthancs.h"

namespace dmw::app {
namespace {

/// Who waits for a study's event does not notice it.
constexpr std::chrono::milliseconds settle_rest_most{50};

std::set<std::string> replacing_sources(const config::Settings& settings) {
  std::set<std::string> names;
  for (const config::Orthanc* const orthanc : config::orthancs(settings)) {
    if (orthanc->replaces) names.insert(config::source_name(*orthanc));
  }
  return names;
}

std::vector<std::string> header_arguments(const config::Settings& settings) {
  std::vector<std::string> arguments = {"read-header", std::to_string(settings.inbox.header_limit_bytes)};
  for (const std::string& keyword : settings.catalog.attributes) arguments.push_back("--keyword=" + keyword);
  return arguments;
}

}  // namespace

Pipeline::Pipeline(Foundation& ground, Lanes& lanes, std::function<void(Topic)> on_written)
    : ground_(ground),
      bodies_(
          ground.catalog_id(), event_profile(ground.settings()),
          [&store = ground.store()](std::string_view key) { return store.uri(key); }, ""),
      burials_(ground.store(), ground.catalog(), bodies_, ground.catalog_id(), ground.clock(), ground.metrics()),
      recorder_(ground.catalog(), ground.clock(), replacing_sources(ground.settings())),
      header_process_("/proc/self/exe", header_arguments(ground.settings())),
      ingestor_(
          {ground.inbox(), ground.store(), recorder_, burials_, header_process_, ground.metrics(), ground.clock()}),
      settler_({.holder = ground.inbox().replica_id(),
                .catalog_id = ground.catalog_id(),
                .rules = settle_rules(ground.settings().settle)},
               ground.catalog(), ground.store(), bodies_, ground.clock(), ground.metrics()),
      clearing_(ground.inbox().replica_id(), ground.catalog(), ground.store(), ground.clock_trust(), ground.clock(),
                ground.metrics()),
      replay_(ground.inbox(), ground.inbox(), ground.store(), ground.catalog(), ground.read(), ground.clock()),
      ingest_worker_(
          lanes.add(ingest_options(), ingestor_.aside(), [this] { return ingestor_.refusal().value_or(""); })),
      settle_worker_(lanes.add(settle_options(), settler_.aside())) {
  lanes.add({"erase", std::chrono::seconds(10), [this] { return clearing_.pass(); }, [this] { return probe(); }},
            clearing_.aside());
  connect(on_written);
}

lane::Worker::Options Pipeline::ingest_options() {
  const auto pass = [this]() -> Result<bool> {
    TRY(ground_.catalog().admit());
    return ingestor_.pass();
  };
  const auto probe_ingest = [this]() -> Result<> {
    TRY(probe());
    return ingestor_.probe();
  };
  return {"ingest", std::chrono::milliseconds(500), pass, probe_ingest};
}

lane::Worker::Options Pipeline::settle_options() {
  return {.name = "settle",
          .interval = settler_.pace(),
          .pass = [this] { return settler_.pass(); },
          .probe = [this] { return probe(); },
          .rest_most = settle_rest_most};
}

void Pipeline::connect(const std::function<void(Topic)>& on_written) {
  ground_.inbox().on_kept([this] { ingest_worker_.nudge(); });
  ingestor_.on_recorded([this](std::size_t) {
    if (settler_.is_prompt()) settle_worker_.nudge();
  });
  settler_.on_published([on_written] { on_written(Topic::metadata); });
  burials_.on_buried([on_written] { on_written(Topic::dead_letters); });
}

Result<> Pipeline::probe() {
  TRY(ground_.catalog().probe());
  return ground_.store().probe();
}

void Pipeline::take(const config::Settings& settings) {
  settler_.change_rules(settle_rules(settings.settle));
  settle_worker_.nudge();
  bodies_.change_profile(event_profile(settings));
}

}  // namespace dmw::app
