// Callers: the callers that may open an association (DIMSE_CALLERS).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace dmw::config {

/// One entry. An empty or absent member matches everything; at most one of `network` and `host` is set.
struct CallerRule {
  std::string ae_title{};
  std::optional<IpNetwork> network{};
  std::string host{};  // a name, resolved when a caller connects
};

struct Callers {
  std::vector<CallerRule> rules{};  // empty: this machine only
};

/// `AE`, `AE@host`, `AE@network`, `@host`, `@network` and `*`, separated by commas; blanks around an AE title do not
/// count (PS3.5 §6.2). Errors: invalid; `what` has the words that follow the value in a message.
Result<Callers> parse_callers(std::string_view text);

}  // namespace dmw::config
