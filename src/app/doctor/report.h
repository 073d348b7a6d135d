// Shared by the checking commands: printing of findings, and calls to the running serve.
#pragma once

#include <cstddef>
#include <optional>

#include "app/doctor/finding.h"
#include "base/json.h"
#include "config/settings.h"

namespace dmw::app::doctor {

/// Prints each finding at once, so that a slow check can be recognised.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void add(const char* part, const Findings& findings);
  /// Prints the last line. Returns the exit code.
  int end() const;

 private:
  const bool json_;
  std::size_t problems_ = 0;
  std::size_t notes_ = 0;
};

/// The answer of a serve on the control socket of these settings to /ready, also with 503; nullopt if none answers.
std::optional<json::object> ask_serve(const config::Settings& settings);
/// Its settings, in the form of config::told(); nullopt if no serve answers with them.
std::optional<json::object> ask_settings(const config::Settings& settings);

}  // namespace dmw::app::doctor
