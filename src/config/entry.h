// Entry: one name and value from a source, before it is checked to be a setting.
#pragma once

#include <string>
#include <vector>

namespace dmw::config {

struct Entry {
  std::string name;   // as written
  std::string text;   // may be secret
  std::string place;  // `environment`, `.env:3`, `dicom-middleware.toml:1`, `--set`
};

/// `key = text` below `[section.name]`: `[settle.ae.CT01]`, `quiet = "30s"`. An empty section has one entry with an
/// empty key.
struct SectionEntry {
  std::string section;  // `settle.ae`
  std::string name;     // `CT01`
  std::string key;
  std::string text;
  std::string place;
};

/// The content of a file. Errors are sentences that begin with `file:line` and never repeat a value.
struct Entries {
  std::vector<Entry> entries;
  std::vector<SectionEntry> sections;
  std::vector<std::string> errors;
};

}  // namespace dmw::config
