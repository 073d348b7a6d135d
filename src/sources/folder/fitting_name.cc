#include "sources/folder/fitting_name.h"

#include <algorithm>

#include "base/format.h"

namespace dmw::sources {
namespace {

/// A longer extension counts as part of the name.
constexpr std::size_t extension_bytes_max = 16;

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > extension_bytes_max) return {};
  return name.substr(dot);
}

/// At most `bytes_max` bytes of `text`, without splitting a character (RFC 3629 §3: continuations are 10xxxxxx).
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  std::size_t end = bytes_max;
  while (end > 0 && bytes_max - end < 4 && continues(text[end])) --end;
  // Not UTF-8 at all: cut anywhere.
  return text.substr(0, continues(text[end]) ? bytes_max : end);
}

}  // namespace

std::string numbered_name(std::string_view name, int number, std::size_t bytes_max) {
  const std::string_view extension = extension_of(name);
  const std::string suffix = (number > 1 ? format(".{}", number) : "") + std::string(extension);
  const std::string_view stem = name.substr(0, name.size() - extension.size());
  return std::string(cut(stem, bytes_max - std::min(suffix.size(), bytes_max))) + suffix;
}

}  // namespace dmw::sources
