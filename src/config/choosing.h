// The text of one setting: the given one, the content of the file in NAME_FILE, or the default.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/setting.h"
#include "config/sources.h"

namespace dmw::config {

struct Chosen {
  std::string text;  // may be secret
  std::string origin;
};

/// `given`: null if the setting was not given. Doubtful but allowed values are reported in `warnings`. Errors: invalid,
/// with a sentence that names the setting.
Result<Chosen> choose(const Setting& setting, const Given* given, std::string fallback,
                      std::vector<std::string>& warnings);
/// The name of the setting for a file with the value: `NAME_FILE`, `kafka.archive.sasl_password_file`.
std::string file_variant_of(const Setting& setting);

}  // namespace dmw::config
