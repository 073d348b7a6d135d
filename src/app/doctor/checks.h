// The checks of `doctor`, one a part. They change nothing, need no lock that a running serve holds, and are bounded by
// a few seconds each.
#pragma once

#include <optional>

#include "app/doctor/finding.h"
#include "base/json.h"
#include "config/settings.h"

namespace dmw::app::doctor {

struct Situation {
  const config::Settings& settings;
  /// What a serve on the control socket of these settings says at /ready; absent: none answers.
  std::optional<json::object> serve;
};

Findings check_catalog(const Situation& situation);
Findings check_store(const Situation& situation);
Findings check_inbox(const Situation& situation);
Findings check_orthanc(const Situation& situation);
Findings check_kafka(const Situation& situation);
Findings check_dimse(const Situation& situation);
Findings check_http(const Situation& situation);
/// Of the shell that it runs in, which may not be those of a service.
Findings check_limits(const Situation& situation);

/// A loopback address, or localhost.
bool is_this_machine(const std::string& address);

}  // namespace dmw::app::doctor
