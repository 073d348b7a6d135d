// `config print`: every setting with its value and origin. Secrets are masked.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/load.h"

namespace dmw::config {

/// A table for people: name, value, origin; ends with a line end.
std::string print_text(const std::vector<Shown>& values);

/// The same as objects `{"name", "value", "origin"}`; a setting that is not set has the value null.
json::array print_json(const std::vector<Shown>& values);

}  // namespace dmw::config
