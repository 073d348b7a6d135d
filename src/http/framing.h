// What of a request's head decides where its body ends and who it is for (RFC 9112 §3.2, §6). Internal to this room.
#pragma once

#include <optional>

#include "http/headers.h"
#include "http/problem.h"

namespace dmw::http {

/// `version`: 10 or 11. What is refused here ends the connection: where its body ends, nobody knows for sure.
/// 400: no Host, or several; a Transfer-Encoding that does not end in one "chunked", or in HTTP/1.0.
/// 501: a transfer coding beside "chunked".
std::optional<Problem> objection_to_framing(const Headers& headers, unsigned version);

enum class Expects { nothing, to_be_asked, unknown };
/// RFC 9110 §10.1.1: HTTP/1.0 knows no expectation.
Expects expectation(const Headers& headers, unsigned version);

}  // namespace dmw::http
