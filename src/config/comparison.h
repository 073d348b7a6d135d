// The settings of a running program as another process is told them, and where those of that process are others.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/load.h"

namespace dmw::config {

/// `{"settings": [{"name", "value", "origin"}…], "salt": …}`. A value with a secret in it has a `mark` beside it, by
/// which one who has the same secret sees that it is the same; it takes long to try one, and each answer has others.
json::object told(const Loaded& loaded);

struct Difference {
  std::string name;
  std::string there;  // the values as they may be shown; equal: only a secret in them differs
  std::string there_origin;
  std::string here;
  std::string here_origin;
};

/// In the order of the table. What one of them does not know is none of them.
std::vector<Difference> differences(const json::object& told, const Loaded& here);

/// The settings of told(), where they are some.
std::vector<Shown> shown_in(const json::object& told);

}  // namespace dmw::config
