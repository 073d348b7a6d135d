// The text of one setting: as it was given, out of the file that NAME_FILE names, or its default.
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

/// `given`: null where nobody said anything. What is allowed and doubtful goes into `warnings`. Errors: invalid, with a
/// sentence that names the setting.
Result<Chosen> choose(const Setting& setting, const Given* given, std::string fallback,
                      std::vector<std::string>& warnings);
/// The name under which a file with the value is named: `NAME_FILE`, `kafka.archive.sasl_password_file`.
std::string file_variant_of(const Setting& setting);

}  // namespace dmw::config
