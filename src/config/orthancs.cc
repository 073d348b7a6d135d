#include "config/orthancs.h"

#include <algorithm>

namespace dmw::config {

const SectionKind orthanc_sections{
    .name = "orthanc",
    .noun = "an Orthanc",
    .needed = "url",
    .needed_advice = "give the address of the Orthanc",
    .name_it = [](Settings& scratch, const std::string& section) { scratch.orthanc.section = section; },
    .put = [](Settings& scratch,
              Settings& into) { into.other_orthancs[scratch.orthanc.section] = std::move(scratch.orthanc); },
    .get = [](const Settings& from, const std::string& section,
              Settings& scratch) { scratch.orthanc = from.other_orthancs.at(section); },
};

std::vector<const Orthanc*> orthancs(const Settings& settings) {
  std::vector<const Orthanc*> all;
  if (settings.orthanc.url) all.push_back(&settings.orthanc);
  for (const auto& [name, orthanc] : settings.other_orthancs) all.push_back(&orthanc);
  return all;
}

const Orthanc* find_orthanc(const Settings& settings, std::string_view section) {
  const std::vector<const Orthanc*> all = orthancs(settings);
  const auto found = std::ranges::find(all, section, &Orthanc::section);
  return found == all.end() ? nullptr : *found;
}

SettingNames setting_names(const Orthanc& orthanc) {
  return SettingNames("orthanc", orthanc.section);
}

std::string setting_name(const Orthanc& orthanc, std::string_view key) {
  return setting_names(orthanc)(key);
}

std::string source_name(const Orthanc& orthanc) {
  return orthanc.section.empty() ? "orthanc" : "orthanc." + orthanc.section;
}

}  // namespace dmw::config
