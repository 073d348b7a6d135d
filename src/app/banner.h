// What this start is, part by part: the banner on a terminal, with what to do for more, and the line `ready` in a log.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "app/gateway.h"
#include "config/settings.h"
#include "part/part.h"

namespace dmw::app {

std::string banner(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took);

/// A line for each, the columns below each other; two that are off and follow each other share one.
std::string in_columns(const std::vector<PartSummary>& lines);

/// One line for a log that machines read: version, catalog, store, events, intakes, and where HTTP listens.
void log_ready(const Gateway& gateway, std::chrono::duration<double> took);

}  // namespace dmw::app
