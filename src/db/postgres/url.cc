#include "db/postgres/url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace dmw::db::postgres {
namespace {

/// Facts: PostgreSQL 15 §34.1.2.
constexpr std::array<std::string_view, 6> sslmodes = {"disable", "allow",     "prefer",
                                                      "require", "verify-ca", "verify-full"};

/// An empty one is the default port.
bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, port);
  return text.empty() || (error == std::errc() && read_to == end && port != 0);
}

/// A port for each host, separated by commas.
bool are_ports(std::string_view text) {
  for (std::size_t comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    if (!is_port(text.substr(0, comma))) return false;
    text.remove_prefix(comma + 1);
  }
  return is_port(text);
}

}  // namespace

// The wrong part may be a piece of a password that was not written as %XX, so no sentence quotes it.
Result<std::string> libpq_url(const std::string& url) {
  const std::size_t colon = url.find("://");
  const std::string scheme = url.substr(0, url.find_first_of("+:"));
  if (colon == std::string::npos || (scheme != "postgresql" && scheme != "postgres"))
    return fail(Errc::invalid, "DATABASE_URL: the value is not a URL of PostgreSQL; allowed: postgresql://…");
  std::string plain = "postgresql" + url.substr(colon);
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(plain.c_str(), &why),
                                                                             PQconninfoFree);
  PQfreemem(why);
  if (options == nullptr) {
    return fail(Errc::invalid,
                "DATABASE_URL: the value is not a URL that libpq takes; allowed: "
                "postgresql://user:password@host:port/database?name=value with names that libpq knows, and special "
                "characters of the password as %XX");
  }
  // libpq looks at these only when it connects, and says it in the way of a server that is away.
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "port" && !are_ports(option->val)) {
      return fail(Errc::invalid,
                  "DATABASE_URL: the value has a wrong port; allowed: 1..65535, and special characters of the password "
                  "as %XX");
    }
    if (keyword == "sslmode" && std::ranges::find(sslmodes, option->val) == sslmodes.end()) {
      return fail(Errc::invalid,
                  "DATABASE_URL: the value has a wrong sslmode; allowed: disable, allow, prefer, require, verify-ca, "
                  "verify-full");
    }
  }
  return plain;
}

}  // namespace dmw::db::postgres
