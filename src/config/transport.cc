#include "config/transport.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "config/text.h"

namespace dmw::config {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// The quotes of the keyboard, and the typographic ones of word processors and web pages.
constexpr std::array<std::string_view, 14> quotes{"\"",
                                                  "'",
                                                  "`",
                                                  "\xc2\xb4",
                                                  "\xc2\xab",
                                                  "\xc2\xbb",
                                                  "\xe2\x80\x98",
                                                  "\xe2\x80\x99",
                                                  "\xe2\x80\x9a",
                                                  "\xe2\x80\x9b",
                                                  "\xe2\x80\x9c",
                                                  "\xe2\x80\x9d",
                                                  "\xe2\x80\x9e",
                                                  "\xe2\x80\x9f"};

/// The quote that the text begins or ends with; empty if there is none.
std::string_view quote_at_start(std::string_view text) {
  const auto* const found = std::ranges::find_if(quotes, [&](std::string_view one) { return text.starts_with(one); });
  return found == quotes.end() ? std::string_view() : *found;
}
std::string_view quote_at_end(std::string_view text) {
  const auto* const found = std::ranges::find_if(quotes, [&](std::string_view one) { return text.ends_with(one); });
  return found == quotes.end() ? std::string_view() : *found;
}

std::string_view without_line_ends(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  while (text.starts_with('\n') || text.starts_with('\r')) text.remove_prefix(1);
  return text;
}

/// Quotes of the keyboard are the same at both ends; typographic ones come in pairs that differ by language.
bool is_in_quotes(std::string_view text) {
  const std::string_view first = quote_at_start(text);
  const std::string_view last = quote_at_end(text);
  if (first.empty() || last.empty() || text.size() < first.size() + last.size()) return false;
  return first == last || (first.size() > 1 && last.size() > 1);
}

bool has_blank_at_an_end(std::string_view text) {
  return trim(text) != text;
}

/// Refuses a zero byte, which no setting may contain.
Result<> check_zero_bytes(std::string_view text) {
  if (text.contains('\0')) return fail(Errc::invalid, "contains a zero byte: write it as UTF-8 text");
  return {};
}
Result<> check_line_breaks(std::string_view text) {
  if (text.find_first_of("\r\n") != std::string_view::npos) return fail(Errc::invalid, "contains a line break");
  return {};
}

Result<std::string> secret_without_transport(const Setting& setting, std::string_view text, Carrier carrier) {
  if (carrier != Carrier::notated && text.starts_with(byte_order_mark))
    return fail(Errc::invalid, "begins with a byte order mark (EF BB BF): save it without one");
  const std::string_view value = without_line_ends(text);
  TRY(check_zero_bytes(value));
  if (carrier != Carrier::plain) return std::string(value);
  if (says_nothing(value)) return std::string();
  TRY(check_line_breaks(value));
  const bool quoted = is_in_quotes(value);
  if (quoted || has_blank_at_an_end(value)) {
    return fail(Errc::invalid, format("has {} at its ends, which docker --env-file and Kubernetes keep: remove them; "
                                      "put a secret that really has them into a file and set {}_FILE",
                                      quoted ? "quotes" : "blanks", setting.name));
  }
  return std::string(value);
}

std::string_view without_quotes(std::string_view text) {
  const std::string_view value = trim(text);
  if (!is_in_quotes(value)) return value;
  const std::size_t first = quote_at_start(value).size();
  return trim(value.substr(first, value.size() - first - quote_at_end(value).size()));
}

/// Whether the value ends in a password, which may contain anything: of the last property, or of the last parameter of
/// a URL.
bool ends_in_password(Type type, std::string_view value) {
  if (type == Type::database_url) return value.contains("password=");
  if (type != Type::properties) return false;
  const std::string last = lower(value.substr(value.rfind(',') + 1));
  const std::string_view name = std::string_view(last).substr(0, last.find('='));
  return name.contains("password") || name.contains("secret") || name.contains("jaas");
}

Result<std::string> plain_value(Type type, std::string_view text) {
  const std::string_view value = without_quotes(text);
  TRY(check_zero_bytes(value));
  TRY(check_line_breaks(value));
  if (!quote_at_start(value).empty() || (!quote_at_end(value).empty() && !ends_in_password(type, value)))
    return fail(Errc::invalid, "has a quote at one end that does not belong to it: remove it");
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

std::string_view doubt_about_secret(std::string_view value, Carrier carrier) {
  const bool is_notated = carrier == Carrier::notated;
  if (is_in_quotes(value)) return is_notated ? "" : "has quotes around it; they are used as part of it";
  if (!quote_at_start(value).empty() || !quote_at_end(value).empty())
    return "has a quote at one end; it is used as part of it";
  if (has_blank_at_an_end(value) && !is_notated) return "has a blank at one end; it is used as part of it";
  return {};
}

}  // namespace dmw::config
