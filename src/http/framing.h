// Checks of the header fields that determine the end of the body and the host of a request (RFC 9112 §3.2, §6).
// Internal to this room.
#pragma once

#include <optional>

#include "http/headers.h"
#include "http/problem.h"

namespace dmw::http {

/// `version`: 10 or 11. A refusal ends the connection, because the end of the body is uncertain. 400: no Host, or
/// several; a Transfer-Encoding that does not end in one "chunked", or in HTTP/1.0. 501: a transfer coding beside
/// "chunked".
std::optional<Problem> objection_to_framing(const Headers& headers, unsigned version);

enum class Expects { nothing, to_be_asked, unknown };
/// RFC 9110 §10.1.1: an expectation in HTTP/1.0 is ignored.
Expects expectation(const Headers& headers, unsigned version);

}  // namespace dmw::http
