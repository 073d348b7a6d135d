// ProcessMetrics: the standard process metrics of Prometheus client libraries, and the build of the program.
#pragma once

#include <mutex>

#include "base/metrics.h"

namespace dmw::app {

class ProcessMetrics {
 public:
  explicit ProcessMetrics(Metrics& metrics);

  /// Reads the values of this process from the kernel. A value that cannot be read does not change. Any thread.
  void refresh();

 private:
  Counter& cpu_seconds_;
  Gauge& resident_bytes_;
  Gauge& virtual_bytes_;
  Gauge& open_fds_;
  Gauge& max_fds_;
  Gauge& start_time_;
  std::mutex mutex_;  // guards the update of the counter
};

}  // namespace dmw::app
