// Pipeline: the steps after intake, each with a worker of its own: instances are recorded, studies are published in the
// event log, objects of erased studies are removed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/foundation.h"
#include "app/lanes.h"
#include "catalog/recording.h"
#include "events/bodies.h"
#include "ingest/burials.h"
#include "ingest/header_process.h"
#include "ingest/ingestor.h"
#include "ingest/removal.h"
#include "ingest/replay.h"
#include "ingest/settler.h"
#include "lane/worker.h"

namespace dmw::app {

class Pipeline {
 public:
  /// Its workers run among `lanes`, which outlive it. `on_written` is called on their threads for each topic that has
  /// new events.
  Pipeline(Foundation& ground, Lanes& lanes, std::function<void(Topic)> on_written);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  ingest::Burials& burials() { return burials_; }
  ingest::Replay& replay() { return replay_; }
  /// A study may be due. Any thread.
  void nudge_settler() { settle_worker_.nudge(); }
  /// From now on: how studies settle, dirty ones too, and what events say of patients. Any thread.
  void take(const config::Settings& settings);

  /// After the lanes have stopped: lets another replica publish studies at once.
  Result<> resign() { return settler_.resign(); }

  /// Whether catalog and store, on which the steps depend, are back.
  Result<> probe();

 private:
  lane::Worker::Options ingest_options();
  lane::Worker::Options settle_options();
  void connect(const std::function<void(Topic)>& on_written);

  Foundation& ground_;
  events::Bodies bodies_;
  ingest::Burials burials_;
  catalog::Recorder recorder_;
  ingest::HeaderProcess header_process_;
  ingest::Ingestor ingestor_;
  ingest::Settler settler_;
  ingest::Clearing clearing_;
  ingest::Replay replay_;
  lane::Worker& ingest_worker_;
  lane::Worker& settle_worker_;
};

}  // namespace dmw::app
