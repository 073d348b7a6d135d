// How long a study must be quiet before it is told: for everything, for one source, for one calling AE title.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace dmw::ingest {

struct SettleRule {
  std::chrono::milliseconds quiet{10'000};  // unchanged for so long
  std::chrono::milliseconds most{600'000};  // dirty for so long
};

/// What differs for one source or AE title; the rest is as for everything.
struct SettleException {
  std::optional<std::chrono::milliseconds> quiet;
  std::optional<std::chrono::milliseconds> most;
};

struct SettleRules {
  SettleRule usual;
  std::map<std::string, SettleException> by_source;
  std::map<std::string, SettleException> by_ae;

  /// The AE title's word goes before the source's, and that before the usual one; each of the two times on its own.
  SettleRule of(const std::string& source, const std::string& calling_ae) const;
  /// The shortest quiet time that anybody has.
  std::chrono::milliseconds shortest() const;
};

}  // namespace dmw::ingest
