// Conditional and partial requests (RFC 9110 §13, §14.2), and codings of answers (§12.5.3).
#pragma once

#include <optional>
#include <string_view>

#include "http/request.h"

namespace dmw::http {

enum class Condition {
  holds,         ///< or there is none
  not_modified,  ///< the client has it: 304
  failed,        ///< 412
};

/// If-Match and then If-None-Match, each a list or "*", against the strong tag of what is there. Conditions about dates
/// are passed over: nothing here has a Last-Modified.
Condition condition_of(const Request& request, std::string_view entity_tag);

/// The Range field, when it is to be looked at: of a GET alone, and when If-Range, if there is one, is this very tag.
std::optional<std::string_view> range_of(const Request& request, std::string_view entity_tag);

/// Whether an answer may be encoded so. Without an Accept-Encoding it may.
bool accepts_coding(const Headers& headers, std::string_view coding);

}  // namespace dmw::http
