// The free bytes of a disk that the program writes to, and the gauge that tells them.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/metrics.h"

namespace dmw::app {

inline Gauge& free_bytes_of(Metrics& metrics, const char* volume) {
  return metrics
      .gauges("dicom_middleware_volume_free_bytes", "Free bytes on the disk of the inbox, the store, an SQLite catalog")
      .with({{"volume", volume}});
}

/// Nothing where the disk cannot be asked.
inline std::optional<std::uint64_t> free_in(const std::filesystem::path& directory) {
  std::error_code failed;
  const std::filesystem::space_info space = std::filesystem::space(directory.empty() ? "." : directory, failed);
  return failed ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

/// NaN where it is not known.
inline void tell_free(Gauge& gauge, std::optional<std::uint64_t> bytes) {
  gauge.set(bytes ? static_cast<double>(*bytes) : std::nan(""));
}

}  // namespace dmw::app
