// The sections `[settle.source.NAME]` and `[settle.ae.TITLE]` of dicom-middleware.toml: quiet times for one source or
// one calling AE title.
#pragma once

#include <string>
#include <vector>

#include "config/entry.h"
#include "config/load.h"

namespace dmw::config {

/// Reads the sections into `into`, and each value for display (`settle.ae.CT01.quiet`) into `shown`. Returns one
/// sentence per error.
std::vector<std::string> read_settle_exceptions(const std::vector<SectionEntry>& entries, Settle& into,
                                                std::vector<Shown>& shown);

}  // namespace dmw::config
