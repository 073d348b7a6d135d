// ProcessMetrics: what Prometheus wants to know of every process, under the names that its own libraries use, and which
// build this is.
#pragma once

#include <mutex>

#include "base/metrics.h"

namespace dmw::app {

class ProcessMetrics {
 public:
  explicit ProcessMetrics(Metrics& metrics);

  /// Reads the figures of this process from the kernel. A figure that it does not give stays as it was. Any thread.
  void refresh();

 private:
  Counter& cpu_seconds_;
  Gauge& resident_bytes_;
  Gauge& virtual_bytes_;
  Gauge& open_fds_;
  Gauge& max_fds_;
  Gauge& start_time_;
  std::mutex mutex_;  // guards the rise of the counter
};

}  // namespace dmw::app
