// Descriptors: how many files and connections may be open at once, and how many the settings ask for. Without enough of
// them everything is refused at its busiest moment, with errors that sound like a broken disk or peer.
#pragma once

#include <cstdint>
#include <string>

#include "config/settings.h"

namespace dmw::app {

struct Descriptors {
  std::uint64_t needed = 0;
  std::uint64_t allowed = 0;  // RLIMIT_NOFILE, the soft limit
  std::uint64_t most = 0;     // as far as this user may raise it

  bool enough() const { return allowed >= needed; }
  /// What is wrong and what to do, in a sentence.
  std::string words() const;
};

/// With every association, upload and connection in use.
std::uint64_t descriptors_needed(const config::Settings& settings);
/// As they are.
Descriptors look_at_descriptors(std::uint64_t needed);
/// Raises the limit of this process as far as it is needed and allowed, and never lowers it.
Descriptors raise_descriptors(std::uint64_t needed);

}  // namespace dmw::app
