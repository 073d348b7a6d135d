// Shared by the checking commands: printing of findings, and calls to the running serve.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "app/doctor/finding.h"
#include "base/json.h"
#include "config/settings.h"

namespace dmw::app::doctor {

/// Prints each finding at once, so that a slow check can be recognised.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  /// From now on the column of names has room for this one too.
  void make_room_for(std::string_view part) { part_width_ = std::max(part_width_, part.size()); }
  void add(const char* part, const Findings& findings);
  /// Prints the last line. Returns the exit code.
  int end() const;

 private:
  const bool json_;
  std::size_t part_width_ = part_width_least;
  std::size_t problems_ = 0;
  std::size_t notes_ = 0;
};

/// The answer of a serve on the control socket of these settings to /ready, also with 503; nullopt if none answers.
std::optional<json::object> ask_serve(const config::Settings& settings);
/// Its settings, in the form of config::told(); nullopt if no serve answers with them.
std::optional<json::object> ask_settings(const config::Settings& settings);

}  // namespace dmw::app::doctor
