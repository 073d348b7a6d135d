// The sections `[settle.source.NAME]` and `[settle.ae.TITLE]` of dicom-middleware.toml: settling for one source or one
// calling AE title.
#pragma once

#include <string>
#include <vector>

#include "config/entry.h"
#include "config/load.h"

namespace dmw::config {

/// Reads what the sections say into `into`, and each value as it is shown (`settle.ae.CT01.quiet`) into `shown`.
/// Returns what is wrong, a sentence each.
std::vector<std::string> read_settle_exceptions(const std::vector<SectionEntry>& entries, Settle& into,
                                                std::vector<Shown>& shown);

}  // namespace dmw::config
