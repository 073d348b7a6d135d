// Preference: the supported preferences of a caller (RFC 7240).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "http/headers.h"

namespace dmw::http {

struct Preference {
  std::optional<std::chrono::seconds> wait;  ///< at most 300 s
  bool respond_async = false;

  /// Reads all `Prefer` fields; malformed ones are ignored (RFC 7240 §2).
  static Preference of(const Headers& headers);
  /// The value of Preference-Applied; empty if no preference was applied.
  std::string applied() const;
};

}  // namespace dmw::http
