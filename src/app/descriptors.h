// Descriptors: the limit of open files and connections, and the number that the settings need. With too few of them,
// operations fail at the busiest moments, with errors that look like a broken disk or peer.
#pragma once

#include <cstdint>
#include <string>

#include "config/settings.h"

namespace dmw::app {

struct Descriptors {
  std::uint64_t needed = 0;
  std::uint64_t allowed = 0;  // RLIMIT_NOFILE, the soft limit
  std::uint64_t most = 0;     // the hard limit for this user

  bool enough() const { return allowed >= needed; }
  /// A sentence with the problem and what to do.
  std::string words() const;
};

/// The number that is needed if all associations, uploads and connections are in use.
std::uint64_t descriptors_needed(const config::Settings& settings);
/// As they are.
Descriptors look_at_descriptors(std::uint64_t needed);
/// Raises the limit of this process as far as needed and allowed; never lowers it.
Descriptors raise_descriptors(std::uint64_t needed);

}  // namespace dmw::app
