// The Orthancs: that of ORTHANC_*, and one for each section `[orthanc.NAME]`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/setting_names.h"
#include "config/sections.h"

namespace dmw::config {

extern const SectionKind orthanc_sections;

/// Those that are asked for studies: that of ORTHANC_* first, then by the names of their sections.
std::vector<const Orthanc*> orthancs(const Settings& settings);
/// The one of a section (empty: that of ORTHANC_*); null: there is none.
const Orthanc* find_orthanc(const Settings& settings, std::string_view section);
/// The names of its settings as people write them: `ORTHANC_URL`, `orthanc.site-b.url`.
SettingNames setting_names(const Orthanc& orthanc);
/// One of them. `key` in lower case.
std::string setting_name(const Orthanc& orthanc, std::string_view key);
/// Its name as a source, in the catalog, in events and for people: `orthanc`, or `orthanc.NAME`.
std::string source_name(const Orthanc& orthanc);

}  // namespace dmw::config
