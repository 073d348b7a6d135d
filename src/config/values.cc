#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/syntax.h"
#include "config/text.h"

namespace dmw::config {
namespace {

constexpr std::size_t kKeywordsMax = 200;

std::string_view complaint_of(Type type) {
  switch (type) {
    case Type::port:
      return "is not a port";
    case Type::seconds:
      return "is not a number of seconds";
    case Type::days:
      return "is not a number of days";
    case Type::gibibytes:
    case Type::mebibytes:
      return "is not a size";
    default:
      return "is not a number";
  }
}

/// Parses a number in the unit of the setting and checks its limits.
Result<std::int64_t> number(const Setting& setting, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || (setting.type == Type::port && (value < setting.min || value > setting.max))) {
    return fail(Errc::invalid, std::string(complaint_of(setting.type)));
  }
  if (value < setting.min) return fail(Errc::invalid, "is too small");
  if (value > setting.max) return fail(Errc::invalid, "is too large");
  return value;
}

Result<> check_text(Type type, std::string_view text) {
  switch (type) {
    case Type::url:
      return check_http_url(text);
    case Type::address:
      return check_address(text);
    case Type::servers:
      return check_servers(text);
    case Type::topic:
      return check_topic(text);
    case Type::ae_title:
      return check_ae_title(text);
    case Type::backfill:
      return check_backfill(text);
    default:
      return {};
  }
}

}  // namespace

Result<> read(const Setting& setting, std::string_view text, std::string& into) {
  if (setting.type == Type::choice) {
    const std::size_t place = TRY(read_choice(setting, text));
    into = split(setting.choices, '|')[place];
    return {};
  }
  TRY(check_text(setting.type, text));
  if (setting.type == Type::url) {
    while (text.ends_with('/')) text.remove_suffix(1);
  }
  into = text;
  return {};
}

Result<> read(const Setting& setting, std::string_view text, Private<std::string>& into) {
  if (text.size() < static_cast<std::size_t>(setting.min)) return fail(Errc::invalid, "is too short");
  into = Private(std::string(text));
  return {};
}

Result<> read(const Setting&, std::string_view text, Path& into) {
  if (text.contains('\0')) return fail(Errc::invalid, "is not a path");
  into = text;
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::uint16_t& into) {
  into = static_cast<std::uint16_t>(TRY(number(setting, text)));
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::uint32_t& into) {
  into = static_cast<std::uint32_t>(TRY(number(setting, text)));
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::uint64_t& into) {
  const unsigned shift = setting.type == Type::gibibytes ? 30 : 20;
  into = static_cast<std::uint64_t>(TRY(number(setting, text))) << shift;
  return {};
}

Result<> read(const Setting&, std::string_view text, bool& into) {
  constexpr std::array<std::string_view, 4> yes{"true", "yes", "on", "1"};
  constexpr std::array<std::string_view, 4> no{"false", "no", "off", "0"};
  const auto is_text = [&](std::string_view word) { return same_letters(word, text); };
  into = std::ranges::any_of(yes, is_text);
  if (!into && std::ranges::none_of(no, is_text)) return fail(Errc::invalid, "is neither true nor false");
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::chrono::milliseconds& into) {
  into = TRY(parse_duration(text));
  if (into.count() < setting.min) return fail(Errc::invalid, "is too short");
  if (into.count() > setting.max) return fail(Errc::invalid, "is too long");
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::chrono::seconds& into) {
  into = std::chrono::seconds(TRY(number(setting, text)));
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::chrono::days& into) {
  into = std::chrono::days(TRY(number(setting, text)));
  return {};
}

Result<> read(const Setting& setting, std::string_view text, std::vector<std::string>& into) {
  if (setting.type == Type::hosts) {
    into = TRY(parse_hosts(text));
    return {};
  }
  into.clear();
  for (const std::string_view keyword : split(text, ',')) {
    if (!is_keyword(keyword)) {
      return fail(Errc::invalid, "has \"" + quotable(keyword) + "\", which is not a DICOM keyword");
    }
    if (std::ranges::find(into, keyword) == into.end()) into.emplace_back(keyword);
  }
  if (into.size() > kKeywordsMax) return fail(Errc::invalid, "has too many keywords");
  return {};
}

Result<> read(const Setting&, std::string_view text, Properties& into) {
  into.clear();
  for (const std::string_view pair : split(text, ',')) {
    const std::size_t equals = pair.find('=');
    const std::string_view name = trim(pair.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) return fail(Errc::invalid, "has a part without name=value");
    into.emplace_back(name, Private(std::string(trim(pair.substr(equals + 1)))));
  }
  return {};
}

Result<> read(const Setting&, std::string_view text, DatabaseUrl& into) {
  into = TRY(parse_database_url(text));
  return {};
}

Result<> read(const Setting&, std::string_view text, Callers& into) {
  into = TRY(parse_callers(text));
  return {};
}

Result<std::size_t> read_choice(const Setting& setting, std::string_view text) {
  const std::vector<std::string_view> choices = split(setting.choices, '|');
  const auto found = std::ranges::find_if(choices, [&](std::string_view choice) { return same_letters(choice, text); });
  if (found == choices.end()) return fail(Errc::invalid, "is not a value that this version knows");
  return static_cast<std::size_t>(found - choices.begin());
}

}  // namespace dmw::config
