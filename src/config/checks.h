// What single values cannot show: settings that contradict each other.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace dmw::config {

/// One sentence a contradiction. Drops a METRICS_PORT that equals HTTP_PORT, where the metrics are served anyway.
std::vector<std::string> contradictions(Settings& settings);
/// One sentence for each thing that is allowed and probably not what was meant.
std::vector<std::string> doubts(const Settings& settings);

}  // namespace dmw::config
