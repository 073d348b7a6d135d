#include "http/media_type.h"

#include <algorithm>
#include <charconv>

#include "http/headers.h"

namespace dmw::http {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Removes a quoted-string (RFC 9110 §5.6.4) from the front of `text`, which must begin with a quote.
Result<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\') ++i;
    if (i == text.size()) break;
    value += text[i];
  }
  return fail(Errc::invalid, "a quoted value does not end");
}

Result<std::string> take_value(std::string_view& text) {
  if (text.starts_with('"')) return take_quoted(text);
  const std::string_view value = text.substr(0, text.find(';'));
  text.remove_prefix(value.size());
  return std::string(trimmed(value));
}

/// How precisely a media range matches the type: 0 not at all, 3 by its full name.
int closeness(std::string_view range, std::string_view type) {
  if (range == type) return 3;
  if (range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1))) return 2;
  return range == "*/*" ? 1 : 0;
}

}  // namespace

std::optional<std::string_view> MediaType::parameter(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
  if (found == parameters.end()) return std::nullopt;
  return found->second;
}

Result<MediaType> MediaType::parse(std::string_view field) {
  MediaType media;
  const std::string_view type = trimmed(field.substr(0, field.find(';')));
  const auto slash = type.find('/');
  if (slash == type.npos || !is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1))) {
    return fail(Errc::invalid, "this is not a media type");
  }
  media.type = lower(type);
  field.remove_prefix(std::min(field.size(), field.find(';')));
  while (!field.empty()) {
    field = trimmed(field.substr(1));  // the semicolon
    if (field.empty() || field.front() == ';') continue;
    const std::string_view name = field.substr(0, field.find('='));
    if (name.size() == field.size() || !is_token(trimmed(name))) return fail(Errc::invalid, "a parameter has no value");
    field = trimmed(field.substr(name.size() + 1));
    media.parameters.emplace_back(lower(trimmed(name)), TRY(take_value(field)));
    field = trimmed(field);
    if (!field.empty() && field.front() != ';') return fail(Errc::invalid, "text follows a quoted value");
  }
  return media;
}

double quality_of(std::string_view member) {
  std::string_view rest = member;
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.size(), rest.find(';')));
    if (rest.empty()) break;
    rest = trimmed(rest.substr(1));
    if (rest.size() < 2 || (rest[0] != 'q' && rest[0] != 'Q') || rest[1] != '=') continue;
    const std::string_view digits =
        trimmed(rest.substr(2, rest.find(';') == rest.npos ? rest.npos : rest.find(';') - 2));
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() && value >= 0 && value <= 1 ? value : 0;
  }
  return 1;
}

std::size_t preferred(std::optional<std::string_view> accept, std::span<const std::string_view> offers) {
  // A type that the field does not mention is better than one that it refuses.
  constexpr double unspoken = 0;
  constexpr double refused = -1;
  std::vector<int> closest(offers.size(), 0);
  std::vector<double> weights(offers.size(), unspoken);
  for (const std::string_view member : list_members(accept.value_or(""))) {
    const Result<MediaType> range = MediaType::parse(member);
    if (!range) continue;
    const double quality = quality_of(member);
    for (std::size_t i = 0; i < offers.size(); ++i) {
      const int close = closeness(range->type, offers[i]);
      if (close <= closest[i]) continue;
      closest[i] = close;
      weights[i] = quality > 0 ? quality : refused;
    }
  }
  return static_cast<std::size_t>(std::ranges::max_element(weights) - weights.begin());
}

}  // namespace dmw::http
