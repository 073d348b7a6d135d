// The duration of each stage of an instance: one histogram with a series for each stage.
#pragma once

#include <chrono>
#include <string>

#include "base/metrics.h"

namespace dmw {

/// `stage`: receive, store, record, settle or publish. One observation is an instance, a batch or a window, depending
/// on the stage.
Histogram& stage_seconds(Metrics& metrics, const std::string& stage);

/// Observes the seconds from its construction to its destruction.
class StageTimer {
 public:
  explicit StageTimer(Histogram& histogram) : histogram_(histogram) {}
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;
  ~StageTimer() {
    histogram_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
  }

 private:
  Histogram& histogram_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace dmw
