// load(): all settings of this start, typed, each with its origin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/private.h"
#include "base/result.h"
#include "config/settings.h"
#include "config/sources.h"

namespace dmw::config {

/// One setting for display; only `text` may be secret.
struct Shown {
  std::string name;             // `HTTP_PORT`, `settle.ae.CT01.quiet`
  std::string value;            // empty: not set
  std::string origin;           // `default`, `.env:3`, `environment`, `--set`, `environment, file /run/secrets/key`
  Private<std::string> text{};  // the whole value as it was read; empty for a section
};

struct Loaded {
  Settings settings;
  std::vector<Shown> values;          // in the order of the table, each setting once; then the values of sections
  std::vector<std::string> warnings;  // one sentence each
};

struct Draft {
  Loaded loaded;                    // a wrong setting has its default
  std::vector<std::string> errors;  // one sentence each: variable, problem, allowed values
};

/// As load(), but also returns the valid settings if others are wrong.
Draft draft(const Sources& sources);

/// Errors: invalid, with every problem on a line of its own: variable, problem, allowed values.
Result<Loaded> load(const Sources& sources);

}  // namespace dmw::config
