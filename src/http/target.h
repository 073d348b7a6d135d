// The target of a request (RFC 9112 §3.2): its path and its query, decoded strictly. Ambiguous or malformed targets are
// refused, so that no later code sees bytes that are not text.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dmw::http {

struct Problem;

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

enum class Plus { is_plus, is_space };

/// RFC 3986 §2.1. `Plus::is_space` for queries, as forms write them.
/// Errors: invalid (a "%" without two hex digits, a control character, not UTF-8 afterwards).
Result<std::string> percent_decode(std::string_view text, Plus plus = Plus::is_plus);

/// Escapes a segment of a path or a part of a query: everything except the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

/// "name=value" pairs of a query, in order.
class Query {
 public:
  /// `raw` is the text after "?". Errors: invalid (as percent_decode, or over 256 pairs, or a pair without a name).
  static Result<Query> parse(std::string_view raw);

  /// The first value of this name. The view is valid as long as the query exists.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

  /// A 400 that names every parameter that is not in `known` or is repeated; nullopt if there is none.
  std::optional<Problem> objection(std::initializer_list<std::string_view> known) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace dmw::http
