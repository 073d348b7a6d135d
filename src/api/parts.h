// The parts of the program that the API uses. The API starts none of them.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "catalog/requests.h"
#include "db/database.h"
#include "dicom/read_attributes.h"
#include "ingest/replay.h"
#include "part/part_list.h"
#include "store/object_store.h"

namespace dmw::api {

/// Everything referred to here outlives the Api.
struct Parts {
  db::Database& database;
  store::ObjectStore& store;
  ingest::Replay& replay;
  Metrics& metrics;
  const Clock& clock;
  const PartList& program;  ///< its parts

  /// Saves a request. On success the request is on disk. Blocks for one group commit. Errors become problems (RFC
  /// 9457).
  std::function<Result<catalog::Submitted>(const NewRequest&)> submit;
  /// Called after the API has changed a study, so that its next revision is written.
  std::function<void()> on_changed = [] {};
  /// Updates the gauges before /metrics is read, from values in memory; contacts no server.
  std::function<void()> refresh_metrics = [] {};

  std::vector<std::string> sources{};        ///< sources that can fetch studies
  std::string default_source{};              ///< used if a body names none; empty: a body must name one
  std::chrono::seconds wait_default{0};      ///< wait of a caller without `Prefer`
  std::chrono::milliseconds erase_grace{0};  ///< time until the objects of an erased study are removed
  dicom::ReadOptions read{};                 ///< limits for reading the header of a stored object
  std::string version{};
};

}  // namespace dmw::api
