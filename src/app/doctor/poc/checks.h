// The checks of `doctor --poc`: the effects of a move from the proof of concept, one function per part. They change
// nothing.
#pragma once

#include "app/doctor/checks.h"
#include "config/load.h"

namespace dmw::app::doctor::poc {

/// For each setting: carried over, ignored or refused.
Findings compare_settings(const config::Draft& draft);
/// Whether its table can be upgraded in place, and the effect on its rows.
Findings compare_catalog(const Situation& situation);
/// The existing content of STORAGE_PATH.
Findings compare_store(const Situation& situation);
/// The studies that the first start fetches, or the change at which it continues.
Findings compare_orthanc(const Situation& situation);
Findings compare_kafka(const Situation& situation);
/// The fields of an event, compared with those of the proof of concept.
Findings compare_events(const Situation& situation);
/// The answer to the ingestion request, and whether Orthanc can still send it.
Findings compare_trigger(const Situation& situation);

}  // namespace dmw::app::doctor::poc
