// LiveSettings: the settings of a running serve, and what becomes of them when they are read again, because somebody
// asks for it by the control socket (`reload`) or by SIGHUP.
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

/// Any thread. Outlives the server of its routes.
class LiveSettings {
 public:
  /// Gives what is in force to the parts that take another value while they run.
  using Apply = std::function<void(const config::Settings& in_force)>;

  /// `sources` outlives it.
  LiveSettings(const config::Sources& sources, config::Loaded loaded);

  /// Before the server starts, once.
  void on_change(Apply apply) { apply_ = std::move(apply); }
  /// GET the settings in force, and POST a reload: by the control socket alone.
  std::vector<http::Route> routes();
  /// Reads all again, and tells the log what was taken. Errors: invalid (something is wrong, or contradicts what needs
  /// a restart; then nothing is changed).
  Result<config::Changes> reload();

 private:
  Result<config::Changes> read_again();

  const config::Sources& sources_;
  Apply apply_;
  std::mutex mutex_;  // guards in_force_, and keeps one reading behind the other
  config::Loaded in_force_;
};

}  // namespace dmw::app
