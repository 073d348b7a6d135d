// load(): all settings of this start, typed, with the place that each came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/private.h"
#include "base/result.h"
#include "config/settings.h"
#include "config/sources.h"

namespace dmw::config {

/// One setting as it may be shown: nothing secret in it but in `text`.
struct Shown {
  std::string name;             // `HTTP_PORT`, `settle.ae.CT01.quiet`
  std::string value;            // empty: not set
  std::string origin;           // `default`, `.env:3`, `environment`, `--set`, `environment, file /run/secrets/key`
  Private<std::string> text{};  // the whole value, as it was read; of a section nothing
};

struct Loaded {
  Settings settings;
  std::vector<Shown> values;          // in the order of the table, each setting once; then what sections say
  std::vector<std::string> warnings;  // one sentence each
};

struct Draft {
  Loaded loaded;                    // a setting that is wrong has its default
  std::vector<std::string> errors;  // one sentence each: variable, problem, allowed values
};

/// As load(), for somebody who wants to know what is right beside what is wrong.
Draft draft(const Sources& sources);

/// Errors: invalid, with every problem on a line of its own: variable, problem, allowed values.
Result<Loaded> load(const Sources& sources);

}  // namespace dmw::config
