// Sections `[kind.NAME]` of dicom-middleware.toml: further servers of a kind of which KIND_* name the first one. Their
// keys are the names of these settings without KIND_, in lower case, and a few of their own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "config/setting.h"

namespace dmw::config {

/// A kind of server that may have sections: its table is in clusters.cc or orthancs.cc, its line in sections.cc.
struct SectionKind {
  std::string_view name;           // `kafka`: begins the name of a section, and in capitals those of the settings
  std::string_view noun;           // `a cluster`
  std::string_view needed;         // the key without which there is no such server
  std::string_view needed_advice;  // `give the address of the cluster`
  std::span<const Setting> own_rows{};
  /// Gives the server of `scratch` its name.
  void (*name_it)(Settings& scratch, const std::string& section) = nullptr;
  /// Looks at what the rows cannot say, and fills in what follows from other keys. May be null.
  void (*complete)(Settings& scratch, std::vector<std::string>& problems) = nullptr;
  /// Moves the server of `scratch` to those of `into`.
  void (*put)(Settings& scratch, Settings& into) = nullptr;
  /// Copies the server of a section that is there into `scratch`.
  void (*get)(const Settings& from, const std::string& section, Settings& scratch) = nullptr;
};

/// Whether sections `[kind.NAME]` are of servers.
bool is_section_kind(std::string_view kind);

/// Reads what the sections say into `into`: each setting of each server is among its values (`kafka.archive.topic`).
/// Returns what is wrong, a sentence each.
std::vector<std::string> read_sections(const std::vector<SectionEntry>& entries, Loaded& into);

/// A value of a section, found by the name that it is shown with.
struct SectionValue {
  const SectionKind* kind = nullptr;
  std::string section;
  const Setting* row = nullptr;  ///< of its key: that of KIND_*, or one of the kind's own
};
std::optional<SectionValue> find_section_value(std::string_view shown_name);
/// The row that says what a shown value may be and whether it is secret; null for a section about settling.
const Setting* row_of(std::string_view shown_name);
/// Reads checked text into the server of a section that is there. Errors: invalid.
Result<> assign(const SectionValue& value, std::string_view text, Settings& into);

}  // namespace dmw::config
