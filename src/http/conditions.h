// Conditional and partial requests (RFC 9110 §13, §14.2), and codings of answers (§12.5.3).
#pragma once

#include <optional>
#include <string_view>

#include "http/request.h"

namespace dmw::http {

enum class Condition {
  holds,         ///< the condition holds, or there is none
  not_modified,  ///< the client has it: 304
  failed,        ///< 412
};

/// Evaluates If-Match and then If-None-Match, each a list or "*", against the current strong tag. Conditions about
/// dates are ignored, because nothing here has a Last-Modified.
Condition condition_of(const Request& request, std::string_view entity_tag);

/// The Range field if it applies: with GET only, and only if an If-Range field, if present, equals this tag.
std::optional<std::string_view> range_of(const Request& request, std::string_view entity_tag);

/// Whether the client accepts this content coding. True without an Accept-Encoding field.
bool accepts_coding(const Headers& headers, std::string_view coding);

}  // namespace dmw::http
