// What the commands that look at the parts share: the lines that they print, and the running serve that they ask.
#pragma once

#include <cstddef>
#include <optional>

#include "app/doctor/finding.h"
#include "base/json.h"
#include "config/settings.h"

namespace dmw::app::doctor {

/// Prints each finding when it is there, so that a slow part shows which one it is.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void add(const char* part, const Findings& findings);
  /// The last line. Returns the exit code.
  int end() const;

 private:
  const bool json_;
  std::size_t problems_ = 0;
  std::size_t notes_ = 0;
};

/// What a serve on the control socket of these settings says at /ready, also with 503; nothing when none answers.
std::optional<json::object> ask_serve(const config::Settings& settings);
/// The settings that it runs with, as config::told() tells them; nothing when none answers that tells them.
std::optional<json::object> ask_settings(const config::Settings& settings);

}  // namespace dmw::app::doctor
