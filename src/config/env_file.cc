#include "config/env_file.h"

#include <algorithm>

#include "base/format.h"
#include "base/result.h"
#include "config/text.h"

namespace dmw::config {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

/// `text` begins with the opening quote.
Result<std::string> quoted(std::string_view text) {
  const char quote = text.front();
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != quote; ++at) {
    constexpr std::string_view escapes = "nrt\"\\$";
    if (quote == '"' && text[at] == '\\' && at + 1 < text.size() && escapes.contains(text[at + 1])) {
      value += unescaped(text[++at]);
    } else {
      value += text[at];
    }
  }
  if (at == text.size()) return fail(Errc::invalid, format("the value has no closing {}", quote));
  const std::string_view rest = trim(text.substr(at + 1));
  if (!rest.empty() && !rest.starts_with('#')) return fail(Errc::invalid, "there is text after the closing quote");
  return value;
}

std::string_view unquoted(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool after_blank = at == 0 || blank_at_end(text.substr(0, at)) > 0;
    if (text[at] == '#' && after_blank) return trim(text.substr(0, at));
  }
  return text;
}

/// One line that is neither empty nor a comment.
Result<Entry> parse_line(std::string_view line) {
  constexpr std::string_view word = "export";
  if (line.starts_with(word) && blank_at_start(line.substr(word.size())) > 0) line = trim(line.substr(word.size()));
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return fail(Errc::invalid, "this line is not NAME=value");
  const std::string_view name = trim(line.substr(0, equals));
  if (!is_name(name)) return fail(Errc::invalid, "the text before = is not a name");
  const std::string_view text = trim(line.substr(equals + 1));
  if (text.starts_with('"') || text.starts_with('\'')) return Entry{std::string(name), TRY(quoted(text)), {}};
  return Entry{std::string(name), std::string(unquoted(text)), {}};
}

}  // namespace

Entries parse_env(std::string_view text, std::string_view file) {
  Entries out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::string place = format("{}:{}", file, number);
    if (Result<Entry> entry = parse_line(line)) {
      entry->place = place;
      out.entries.push_back(std::move(*entry));
    } else {
      out.errors.push_back(format("{}: {}", place, entry.error().what));
    }
  }
  return out;
}

}  // namespace dmw::config
