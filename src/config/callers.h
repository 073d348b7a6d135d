// Callers: who may open an association, as DIMSE_CALLERS says it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace dmw::config {

/// One of those who may call. What is empty or absent is not asked for; `network` and `host` are not both there.
struct CallerRule {
  std::string ae_title{};
  std::optional<IpNetwork> network{};
  std::string host{};  // a name, to be resolved when somebody calls
};

struct Callers {
  std::vector<CallerRule> rules{};  // none: this machine only
};

/// `AE`, `AE@host`, `AE@network`, `@host`, `@network` and `*`, separated by commas; blanks around an AE title do not
/// count (PS3.5 §6.2). Errors: invalid, what = the words that follow the value in a message.
Result<Callers> parse_callers(std::string_view text);

}  // namespace dmw::config
