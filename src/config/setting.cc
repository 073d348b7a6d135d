#include "config/setting.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "config/text.h"

namespace dmw::config {
namespace {

std::string duration_text(std::int64_t milliseconds) {
  struct Unit {
    std::int64_t milliseconds;
    std::string_view name;
  };
  constexpr std::array units{Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}, Unit{1'000, "s"}};
  for (const Unit& unit : units) {
    if (milliseconds != 0 && milliseconds % unit.milliseconds == 0) {
      return format("{}{}", milliseconds / unit.milliseconds, unit.name);
    }
  }
  return milliseconds == 0 ? "0s" : format("{}ms", milliseconds);
}

bool sounds_secret(std::string_view property) {
  constexpr std::array<std::string_view, 6> words{"password", "secret", "token", "jaas", "pem", "credential"};
  const std::string name = lower(property);
  return std::ranges::any_of(words, [&](std::string_view word) { return name.contains(word); });
}

std::string masked_properties(std::string_view text) {
  std::string out;
  for (const std::string_view pair : split(text, ',')) {
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (!out.empty()) out += ',';
    // A piece without '=' may be the rest of a password with a comma.
    out += equals == std::string_view::npos ? kMask : sounds_secret(name) ? format("{}={}", name, kMask) : pair;
  }
  return out;
}

}  // namespace

std::string allowed(const Setting& setting) {
  switch (setting.type) {
    case Type::integer:
    case Type::port:
    case Type::seconds:
    case Type::days:
      return format("{}..{}", setting.min, setting.max);
    case Type::gibibytes:
      return format("{}..{} (GiB)", setting.min, setting.max);
    case Type::mebibytes:
      return format("{}..{} (MiB)", setting.min, setting.max);
    case Type::duration:
      return format("{}..{} (such as 500ms, 10s, 10m, 2h)", duration_text(setting.min), duration_text(setting.max));
    case Type::boolean:
      return "true, false";
    case Type::choice: {
      std::string out(setting.choices);
      for (std::size_t at = 0; (at = out.find('|', at)) != std::string::npos;) out.replace(at, 1, ", ");
      return out;
    }
    case Type::url:
      return "http://host[:port][/path], https://host[:port][/path]";
    case Type::address:
      return "an IPv4 or IPv6 address, localhost";
    case Type::servers:
      return "host:port[,host:port]";
    case Type::topic:
      return "1 to 249 of A-Z a-z 0-9 . _ -";
    case Type::ae_title:
      return "1 to 16 printable ASCII characters without a backslash, not only blanks";
    case Type::backfill:
      return "all, none, since:YYYY-MM-DD";
    case Type::hosts:
      return "name, *.name, address or *, separated by commas, without ports";
    case Type::callers:
      return "AE, AE@host, AE@network, @host, @network or *, separated by commas";
    case Type::keywords:
      return "DICOM keywords separated by commas, at most 200";
    case Type::properties:
      return "name=value[,name=value]";
    case Type::database_url:
      return "sqlite:///path, postgresql://…, postgres://…, postgresql+asyncpg://…";
    case Type::secret:
      return setting.min > 0 ? format("at least {} characters", setting.min) : "";
    case Type::text:
    case Type::path:
      return "";
  }
  return "";
}

std::string masked(const Setting& setting, std::string_view text) {
  switch (setting.type) {
    case Type::secret:
      return text.empty() ? "" : std::string(kMask);
    case Type::database_url:
      return without_password(text);
    case Type::properties:
      return masked_properties(text);
    default:
      return std::string(text);
  }
}

bool holds_secret(Type type) {
  return type == Type::secret || type == Type::database_url || type == Type::properties;
}

std::string complaint(const Setting& setting, std::string_view text, std::string_view problem) {
  const bool may_be_secret = holds_secret(setting.type) || text.contains('@');
  std::string out = format("{}: {} {}", setting.name, may_be_secret ? "the value" : quotable(text), problem);
  if (const std::string values = allowed(setting); !values.empty()) out += "; allowed: " + values;
  return out;
}

}  // namespace dmw::config
