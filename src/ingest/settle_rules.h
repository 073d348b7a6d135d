// SettleRules: how long a study must be quiet before it counts as complete: in general, for a source, or for a calling
// AE title.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace dmw::ingest {

struct SettleRule {
  std::chrono::milliseconds quiet{10'000};  // complete if unchanged for this time
  std::chrono::milliseconds most{600'000};  // complete in any case if changed for this time
};

/// The exceptions for one source or AE title; other values are the general ones.
struct SettleException {
  std::optional<std::chrono::milliseconds> quiet;
  std::optional<std::chrono::milliseconds> most;
};

struct SettleRules {
  SettleRule usual;
  std::map<std::string, SettleException> by_source;
  std::map<std::string, SettleException> by_ae;

  /// The rule for a study. An exception for the AE title takes precedence over one for the source, and that over the
  /// general rule; this is decided separately for each of the two times.
  SettleRule of(const std::string& source, const std::string& calling_ae) const;
  /// The shortest quiet time of all rules.
  std::chrono::milliseconds shortest() const;
};

}  // namespace dmw::ingest
