#include "base/terminal.h"

#include <cstddef>

#include "base/format.h"

namespace dmw {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

/// The length in bytes of the UTF-8 character at `at`; 0 if there is none.
std::size_t character_at(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF5 || first < 0xC2 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80) return 0;
  }
  return size;
}

/// U+0080 to U+009F: the control characters of eight bits, which some terminals obey.
bool is_c1(std::string_view character) {
  return character.size() == 2 && character[0] == '\xC2' && byte_at(character, 1) < 0xA0;
}

std::string cleaned(std::string_view text, bool has_lines) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_at(text, at);
    const std::string_view character = text.substr(at, size == 0 ? 1 : size);
    at += character.size();
    const unsigned first = byte_at(character, 0);
    if (size == 0) {
      out += '?';
    } else if (has_lines && first == '\n') {
      out += '\n';
    } else if (first < 0x20 || first == 0x7F || is_c1(character)) {
      out += ' ';
    } else {
      out += character;
    }
  }
  return out;
}

}  // namespace

std::string for_terminal(std::string_view text) {
  return cleaned(text, false);
}

std::string lines_for_terminal(std::string_view text) {
  return cleaned(text, true);
}

std::string json_for_terminal(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '\x7F') {
      out += "\\u007f";
    } else if (is_c1(json.substr(at, 2))) {
      out += format("\\u{:04x}", byte_at(json, ++at));
    } else {
      out += json[at];
    }
  }
  return out;
}

}  // namespace dmw
