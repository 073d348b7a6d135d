// What the wiring gives to the API: everything it needs of the program, and nothing it could start by itself.
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

/// All of it outlives the Api.
struct Parts {
  db::Database& database;
  store::ObjectStore& store;
  ingest::Replay& replay;
  Metrics& metrics;
  const Clock& clock;
  const PartList& program;  ///< its parts

  /// Durable when it returns; blocks for a group commit. The errors become problems.
  std::function<Result<catalog::Submitted>(const NewRequest&)> submit;
  /// A study has something new to tell.
  std::function<void()> on_changed = [] {};
  /// Brings gauges up to date with what is known before /metrics is read. Asks no peer.
  std::function<void()> refresh_metrics = [] {};

  std::vector<std::string> sources{};        ///< that can be asked for studies; the first when a body names none
  std::chrono::seconds wait_default{0};      ///< for a caller without `Prefer`
  std::chrono::milliseconds erase_grace{0};  ///< for the objects of an erased study
  dicom::ReadOptions read{};                 ///< of a header that the store has
  std::string version{};
};

}  // namespace dmw::api
