// Checks of settings that contradict each other.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace dmw::config {

/// Returns one sentence per contradiction. Removes a METRICS_PORT that equals HTTP_PORT, which serves the metrics
/// anyway.
std::vector<std::string> contradictions(Settings& settings);
/// One sentence for each setting that is allowed but probably a mistake.
std::vector<std::string> doubts(const Settings& settings);

}  // namespace dmw::config
