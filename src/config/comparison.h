// The settings of a running program in the form for other processes, and the differences to the settings of such a
// process.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/load.h"

namespace dmw::config {

/// `{"settings": [{"name", "value", "origin"}…], "salt": …}`. A value with a secret also has a `mark`. A process with
/// the same secret can verify by it that the secrets are equal. Marks differ in each answer, and guessing a secret is
/// slow.
json::object told(const Loaded& loaded);

struct Difference {
  std::string name;
  std::string there;  // the displayed values; if they are equal, only a secret in them differs
  std::string there_origin;
  std::string here;
  std::string here_origin;
};

/// The differences, in the order of the table. A setting that one side does not know is left out.
std::vector<Difference> differences(const json::object& told, const Loaded& here);

/// The settings in a document of told().
std::vector<Shown> shown_in(const json::object& told);

}  // namespace dmw::config
