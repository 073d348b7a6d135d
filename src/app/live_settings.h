// LiveSettings: the settings of a running serve. They are read again by `reload` over the control socket, or by SIGHUP.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "config/load.h"
#include "config/reload.h"
#include "config/sources.h"
#include "http/router.h"

namespace dmw::app {

inline constexpr const char* settings_path = "/control/v1/settings";
inline constexpr const char* reload_path = "/control/v1/reload";

/// Any thread. Must outlive the server of its routes.
class LiveSettings {
 public:
  /// Applies the settings in force to the parts that can change them while running.
  using Apply = std::function<void(const config::Settings& in_force)>;

  /// `sources` outlives it.
  LiveSettings(const config::Sources& sources, config::Loaded loaded);

  /// Call it once, before the server starts.
  void on_change(Apply apply) { apply_ = std::move(apply); }
  /// GET for the settings in force and POST for a reload, over the control socket only.
  std::vector<http::Route> routes();
  /// Reads all settings again, and logs the applied changes. Errors: invalid (a setting is wrong, or contradicts one
  /// that needs a restart; nothing is changed then).
  Result<config::Changes> reload();

 private:
  Result<config::Changes> read_again();

  const config::Sources& sources_;
  Apply apply_;
  std::mutex mutex_;  // guards in_force_, and serialises reloads
  config::Loaded in_force_;
};

}  // namespace dmw::app
