// Makes text from files and peers safe for a terminal, which could otherwise be controlled by it.
#pragma once

#include <string>
#include <string_view>

namespace dmw {

/// The text on one line: a space for each control character (U+0000 to U+001F, U+007F to U+009F), '?' for each byte
/// that is not UTF-8.
std::string for_terminal(std::string_view text);

/// The same, with its line feeds.
std::string lines_for_terminal(std::string_view text);

/// Serialized JSON with those control characters escaped that JSON allows in its strings: U+007F to U+009F.
std::string json_for_terminal(std::string_view json);

}  // namespace dmw
