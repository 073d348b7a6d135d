// The free bytes of a disk of the program, and their gauge.
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

/// Nullopt if the disk cannot be queried.
inline std::optional<std::uint64_t> free_in(const std::filesystem::path& directory) {
  std::error_code failed;
  const std::filesystem::space_info space = std::filesystem::space(directory.empty() ? "." : directory, failed);
  return failed ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

/// Sets the gauge; NaN if unknown.
inline void tell_free(Gauge& gauge, std::optional<std::uint64_t> bytes) {
  gauge.set(bytes ? static_cast<double>(*bytes) : std::nan(""));
}

}  // namespace dmw::app
