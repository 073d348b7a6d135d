// How long an instance is in each stage of its way: one histogram, a series a stage.
#pragma once

#include <chrono>
#include <string>

#include "base/metrics.h"

namespace dmw {

/// `stage`: receive, store, record, settle or publish. What one observation is of (an instance, a batch, a window) is
/// the stage's to say.
Histogram& stage_seconds(Metrics& metrics, const std::string& stage);

/// Observes the seconds of its own life.
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
