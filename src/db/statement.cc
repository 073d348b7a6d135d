#include "db/statement.h"

#include <array>
#include <cctype>
#include <utility>

namespace dmw::db {
namespace {

/// Takes `word` and the space behind it off the front of `text`.
bool take_word(std::string_view& text, std::string_view word) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text.size() - start <= word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[start + i])) != word[i]) return false;
  }
  if (std::isspace(static_cast<unsigned char>(text[start + word.size()])) == 0) return false;
  text.remove_prefix(start + word.size() + 1);
  return true;
}

}  // namespace

std::string expand(std::string_view sql, const Dialect& dialect) {
  constexpr std::string_view any = "{any ";
  const std::array<std::pair<std::string_view, std::string_view>, 3> tokens{
      {{"{now}", dialect.now}, {"{for_update}", dialect.for_update}, {"{skip_locked}", dialect.skip_locked}}};
  std::string text;
  text.reserve(sql.size() + 64);
  while (!sql.empty()) {
    const std::size_t brace = sql.find('{');
    text += sql.substr(0, brace);
    if (brace == std::string_view::npos) break;
    sql.remove_prefix(brace);
    if (const std::size_t end = sql.find('}'); sql.starts_with(any) && end != std::string_view::npos) {
      text += dialect.before_any;
      text += sql.substr(any.size(), end - any.size());
      text += dialect.after_any;
      sql.remove_prefix(end + 1);
      continue;
    }
    std::string_view put = "{";
    std::size_t length = 1;
    for (const auto& [token, meaning] : tokens) {
      if (!sql.starts_with(token)) continue;
      put = meaning;
      length = token.size();
    }
    text += put;
    sql.remove_prefix(length);
  }
  return text;
}

std::string with_batch(std::string_view batch, std::string_view sql) {
  std::string text = "with ";
  const bool has_list = take_word(sql, "with");
  if (has_list && take_word(sql, "recursive")) text += "recursive ";
  text += batch;
  text += has_list ? ", " : " ";
  text += sql;
  return text;
}

}  // namespace dmw::db
