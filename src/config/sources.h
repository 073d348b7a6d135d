// The sources of settings and their merge: the first of flags, environment, .env and file wins.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/entry.h"

namespace dmw::config {

inline constexpr const char* kEnvFile = ".env";
inline constexpr const char* kTomlFile = "dicom-middleware.toml";

struct Sources {
  std::map<std::string, std::string> flags;                      // `--set NAME=VALUE`
  std::vector<std::pair<std::string, std::string>> environment;  // names in any case of letters
  std::filesystem::path directory = ".";                         // holds .env and dicom-middleware.toml, if any

  /// The environment of this process and the files of its working directory.
  static Sources of_process(std::map<std::string, std::string> flags);
};

/// The winning text of one setting.
struct Given {
  std::string text;      // may be secret
  std::string place;     // `.env:3`
  bool is_file = false;  // `text` names the file that holds the value
  bool notated = false;  // from .env or TOML, whose quotes were removed
};

struct Gathered {
  std::map<std::string, Given, std::less<>> given;  // by the table's names; absent: not given
  std::vector<SectionEntry> sections;               // of the file; other sources have none
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

Gathered gather(const Sources& sources);

}  // namespace dmw::config
