#include "config/transport.h"

#include "base/format.h"
#include "config/text.h"

namespace dmw::config {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_quote(char c) {
  return c == '"' || c == '\'';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_line_ends(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  while (text.starts_with('\n') || text.starts_with('\r')) text.remove_prefix(1);
  return text;
}

bool is_in_quotes(std::string_view text) {
  return text.size() >= 2 && is_quote(text.front()) && text.back() == text.front();
}

/// No setting of ours has either in its value.
Result<> check_characters(std::string_view text) {
  if (text.contains('\0')) return fail(Errc::invalid, "has a zero byte in it: write it as UTF-8 text");
  if (text.find_first_of("\r\n") != std::string_view::npos) return fail(Errc::invalid, "has a line break in it");
  return {};
}

Result<std::string> secret_without_transport(const Setting& setting, std::string_view text, Carrier carrier) {
  if (carrier == Carrier::file && text.starts_with(byte_order_mark))
    return fail(Errc::invalid, "begins with a byte order mark (EF BB BF): save the file without it");
  const std::string_view value = without_line_ends(text);
  if (carrier != Carrier::plain) return std::string(value);
  if (says_nothing(value)) return std::string();
  TRY(check_characters(value));
  const bool quoted = is_in_quotes(value);
  if (quoted || is_blank(value.front()) || is_blank(value.back())) {
    return fail(Errc::invalid,
                format("has {} at its ends, which docker --env-file and Kubernetes keep: take them away; a secret that "
                       "truly has them belongs into a file that {}_FILE names",
                       quoted ? "quotes" : "blanks", setting.name));
  }
  return std::string(value);
}

std::string_view without_quotes(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::string_view value = trim(text);
  return is_in_quotes(value) ? trim(value.substr(1, value.size() - 2)) : value;
}

Result<std::string> plain_value(Type type, std::string_view text) {
  const std::string_view value = without_quotes(text);
  TRY(check_characters(value));
  // There may be a password at the end of these.
  const bool open_end = type == Type::properties || type == Type::database_url;
  if (!open_end && !value.empty() && (is_quote(value.front()) || is_quote(value.back())))
    return fail(Errc::invalid, "has a quote at an end, which is no part of it: take it away");
  return std::string(value);
}

}  // namespace

Result<std::string> without_transport(const Setting& setting, std::string_view text, Carrier carrier) {
  return setting.type == Type::secret ? secret_without_transport(setting, text, carrier)
                                      : plain_value(setting.type, text);
}

Result<std::string> text_without_transport(std::string_view text) {
  return plain_value(Type::path, text);
}

bool says_nothing(std::string_view text) {
  return without_quotes(text).empty();
}

std::string_view doubt_about_secret(std::string_view value) {
  if (is_in_quotes(value)) return "the secret in the file has quotes around it, which are taken as part of it";
  if (!value.empty() && (is_blank(value.front()) || is_blank(value.back())))
    return "the secret in the file has a blank at an end, which is taken as part of it";
  return {};
}

}  // namespace dmw::config
