// PartGauges: the states of /ready as gauges, one for each part and state; that of the current state is 1.
#pragma once

#include <vector>

#include "base/metrics.h"
#include "part/part.h"

namespace dmw::app {

class PartGauges {
 public:
  explicit PartGauges(Metrics& metrics)
      : states_(metrics.gauges("dicom_middleware_part_state",
                               "1 for the current state of a part, as in /ready, 0 for its other states")) {}

  /// Any thread.
  void set(const std::vector<PartState>& parts) {
    using State = PartState::State;
    for (const PartState& part : parts) {
      for (const State state : {State::ok, State::degraded, State::down, State::off})
        states_.with({{"part", part.name}, {"state", std::string(name(state))}}).set(part.state == state ? 1 : 0);
    }
  }

 private:
  Family<Gauge>& states_;
};

}  // namespace dmw::app
