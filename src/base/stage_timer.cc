#include "base/stage_timer.h"

namespace dmw {

Histogram& stage_seconds(Metrics& metrics, const std::string& stage) {
  return metrics.histogram("dicom_middleware_stage_seconds", "Seconds of one batch in one stage.", duration_bounds(),
                           {{"stage", stage}});
}

}  // namespace dmw
