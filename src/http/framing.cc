#include "http/framing.h"

#include <algorithm>

namespace dmw::http {

std::optional<Problem> objection_to_framing(const Headers& headers, unsigned version) {
  const std::size_t hosts = headers.count("Host");
  if (hosts > 1 || (hosts == 0 && version >= 11)) return Problem::of(400, "the request needs one Host field");
  const auto coded = headers.combined("Transfer-Encoding");
  if (!coded) return std::nullopt;
  if (version < 11) return Problem::of(400, "HTTP/1.0 has no Transfer-Encoding");
  const auto is_chunked = [](std::string_view coding) { return equal_ignoring_case(coding, "chunked"); };
  const std::vector<std::string_view> codings = list_members(*coded);
  if (codings.empty() || !is_chunked(codings.back()) || std::ranges::count_if(codings, is_chunked) > 1)
    return Problem::of(400, "the last Transfer-Encoding must be chunked, once");
  if (codings.size() > 1)
    return Problem::of(501, "the only supported Transfer-Encoding is chunked: use Content-Encoding: gzip for uploads");
  return std::nullopt;
}

Expects expectation(const Headers& headers, unsigned version) {
  const auto expected = headers.combined("Expect");
  if (!expected || version < 11) return Expects::nothing;
  return equal_ignoring_case(trimmed(*expected), "100-continue") ? Expects::to_be_asked : Expects::unknown;
}

}  // namespace dmw::http
