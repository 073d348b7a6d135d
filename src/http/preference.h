// Preference: what a caller prefers (RFC 7240), as far as it is honoured.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "http/headers.h"

namespace dmw::http {

struct Preference {
  std::optional<std::chrono::seconds> wait;  ///< at most 300 s
  bool respond_async = false;

  /// Of all `Prefer` fields; what cannot be read is ignored (RFC 7240 §2).
  static Preference of(const Headers& headers);
  /// The value of Preference-Applied; empty when nothing was.
  std::string applied() const;
};

}  // namespace dmw::http
