// The checks of `doctor --poc`: what a move from the proof of concept means for this site, one part a function. As the
// other checks they change nothing.
#pragma once

#include "app/doctor/checks.h"
#include "config/load.h"

namespace dmw::app::doctor::poc {

/// Line by line: what carries over, what is ignored, what is refused.
Findings compare_settings(const config::Draft& draft);
/// Whether its table can be upgraded in place, and what becomes of the rows.
Findings compare_catalog(const Situation& situation);
/// What lies in STORAGE_PATH already.
Findings compare_store(const Situation& situation);
/// What the first start fetches, or where following goes on.
Findings compare_orthanc(const Situation& situation);
Findings compare_kafka(const Situation& situation);
/// The fields of an event, against those that readers of the proof of concept know.
Findings compare_events(const Situation& situation);
/// How the ingestion request is answered, and whether Orthanc can still send it.
Findings compare_trigger(const Situation& situation);

}  // namespace dmw::app::doctor::poc
