// Pipeline: the steps after the intake, each with its own worker: recording instances, writing revisions with their
// events, removing objects of erased studies.
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
  /// Adds its workers to `lanes`, which must outlive it. `on_written` is called on their threads for each topic with
  /// new events.
  Pipeline(Foundation& ground, Lanes& lanes, std::function<void(Topic)> on_written);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  ingest::Burials& burials() { return burials_; }
  ingest::Replay& replay() { return replay_; }
  /// Hints that a study may be due. Any thread.
  void nudge_settler() { settle_worker_.nudge(); }
  /// Applies changed rules for complete studies, also to studies that have changed already, and for patient data in
  /// events. Any thread.
  void take(const config::Settings& settings);

  /// Call it after the lanes have stopped: gives up the lease, so that another replica can continue at once.
  Result<> resign() { return settler_.resign(); }

  /// Checks catalog and store, which the steps need.
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
