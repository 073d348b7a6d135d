// The checks of `doctor`, one a part. They change nothing, need no lock that a running serve holds, and are bounded by
// a few seconds each.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/doctor/finding.h"
#include "base/json.h"
#include "base/mount_table.h"
#include "config/load.h"
#include "config/settings.h"

namespace dmw::app::doctor {

struct Situation {
  const config::Settings& settings;
  /// What a serve on the control socket of these settings says at /ready; absent: none answers.
  std::optional<json::object> serve;
  /// With what it runs, as far as it tells.
  std::vector<config::Shown> running{};
  /// Of `--poc`: where the webhook of Orthanc calls us, as far as the person says it; empty: untold.
  std::string webhook{};
  MountTable mounts{};
  /// Whether somebody listens at the control socket who does not answer as a serve does.
  bool is_silent = false;
  /// False: the resource that this setting names does not belong to the running serve.
  bool serve_has(std::string_view setting, std::string_view value) const;
};

Findings check_catalog(const Situation& situation);
Findings check_store(const Situation& situation);
Findings check_inbox(const Situation& situation);
inline constexpr std::chrono::milliseconds orthanc_patience{5'000};
/// `patience`: for an answer.
Findings check_orthanc(const config::Orthanc& orthanc, std::chrono::milliseconds patience = orthanc_patience);
Findings check_kafka(const config::Kafka& kafka);
Findings check_dimse(const Situation& situation);
Findings check_http(const Situation& situation);
Findings check_folder_watch(const Situation& situation);
/// Of the shell that it runs in, which may not be those of a service.
Findings check_limits(const Situation& situation);

/// A part of the running serve that is not well, as it says itself.
struct Complaint {
  std::string part;
  Finding finding;
};
/// Of all its parts, in its order. A part that only waits for another one has no trouble of its own, and is left out.
std::vector<Complaint> complaints(const Situation& situation);

/// Whether somebody listens at the socket, whatever is answered.
bool is_heard(const std::filesystem::path& socket);
/// A loopback address, or localhost.
bool is_this_machine(const std::string& address);

}  // namespace dmw::app::doctor
