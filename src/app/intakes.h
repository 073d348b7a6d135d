// Intakes: every way in: the Orthanc that is asked, and what others send to.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "app/doors.h"
#include "app/foundation.h"
#include "ingest/burials.h"
#include "sources/orthanc/orthanc_source.h"

namespace dmw::app {

/// One thread, unless told otherwise.
class Intakes {
 public:
  /// `on_progress` is called on a thread of the Orthanc's when something of it has come further.
  Intakes(Foundation& ground, ingest::Burials& burials, std::function<void()> on_progress);

  /// Of the intakes that speak HTTP, for the server.
  std::vector<http::Route> routes() { return doors_.routes(); }
  void start_orthanc();
  /// Those that are sent to. Errors: conflict (an address is taken), invalid.
  Result<> start_doors() { return doors_.start(); }
  /// Takes nothing new and lets what is under way end; `share` is the patience of one step.
  void stop(const std::function<std::chrono::milliseconds()>& share);

  /// From now on: who may call, and how the Orthanc is asked. Any thread.
  void take(const config::Settings& settings);

  /// Nothing where no Orthanc is configured.
  std::optional<sources::OrthancSource>& orthanc() { return orthanc_; }
  const std::optional<sources::OrthancSource>& orthanc() const { return orthanc_; }
  /// Durable when it returns. Errors: unavailable (no Orthanc is configured), and those of the catalog. Any thread.
  Result<catalog::Submitted> submit(const NewRequest& wanted);
  /// One entry for each that is sent to, for /ready. Any thread.
  std::vector<api::PartState> door_states() const { return doors_.states(); }

 private:
  std::optional<sources::OrthancSource> orthanc_;
  Doors doors_;
};

}  // namespace dmw::app
