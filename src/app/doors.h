// Doors: the push doors of a running program, opened from the settings, each standing on its own.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "api/parts.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "config/settings.h"
#include "db/database.h"
#include "dicom/read_attributes.h"
#include "http/router.h"
#include "inbox/inbox.h"

namespace dmw::app {

/// One thread.
class Doors {
 public:
  /// All of it outlives the doors.
  struct Surroundings {
    const config::Settings& settings;
    const dicom::ReadOptions& read;
    db::Database& catalog;
    inbox::Inbox& inbox;
    Metrics& metrics;
    const Clock& clock;
  };

  explicit Doors(const Surroundings& rooms);
  ~Doors();
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  /// Of the doors that speak HTTP, for the server.
  std::vector<http::Route> routes();
  /// Errors: conflict (an address is taken), invalid.
  Result<> start();
  /// Takes nothing new and lets what is under way end, until `patience` is over.
  void stop(std::chrono::milliseconds patience);
  /// Who may open an association from now on. Any thread.
  void change_callers(const config::Callers& callers);
  /// One entry a door, for /ready.
  std::vector<api::PartState> states() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dmw::app
