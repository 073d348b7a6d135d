#include "config/database_url.h"

#include "config/text.h"

namespace dmw::config {
namespace {

/// The driver asyncpg calls it `ssl`, libpq `sslmode`; the values are the same.
void name_ssl_as_libpq(std::string& url) {
  for (const std::string_view start : {"?ssl=", "&ssl="}) {
    if (const std::size_t at = url.find(start); at != std::string::npos) url.replace(at + 1, 3, "sslmode");
  }
}

Result<DatabaseUrl> sqlite(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2) {
    return fail(Errc::invalid, "has no path; write sqlite:///relative/path or sqlite:////absolute/path");
  }
  path.remove_prefix(1);
  if (path == ":memory:") return fail(Errc::invalid, "keeps nothing in memory; give a path");
  if (path.contains('?')) return fail(Errc::invalid, "takes no parameters after a SQLite path");
  return DatabaseUrl{DatabaseUrl::Kind::sqlite, path, {}};
}

}  // namespace

Result<DatabaseUrl> parse_database_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, colon);
  if (colon == std::string_view::npos) return fail(Errc::invalid, "is not a URL");
  const std::string_view rest = text.substr(colon + 3);
  if (scheme == "sqlite") return sqlite(rest);
  if (scheme != "postgresql" && scheme != "postgres" && scheme != "postgresql+asyncpg") {
    return fail(Errc::invalid, "names a database that is not supported");
  }
  if (rest.empty()) return fail(Errc::invalid, "names no server");
  std::string url = "postgresql://" + std::string(rest);
  if (scheme == "postgresql+asyncpg") name_ssl_as_libpq(url);
  return DatabaseUrl{DatabaseUrl::Kind::postgresql, {}, Private(std::move(url))};
}

std::string without_password(std::string_view url) {
  std::string out(url);
  // A password that is not percent-encoded may contain any of "/?@:", so everything up to the last '@' belongs to it.
  const std::size_t authority = out.find("://");
  const std::size_t at = out.rfind('@');
  if (authority != std::string::npos && at != std::string::npos && at > authority) {
    const std::size_t colon = out.find(':', authority + 3);
    if (colon < at) out.replace(colon + 1, at - colon - 1, kMask);
  }
  for (const std::string_view start : {"?password=", "&password=", "?sslpassword=", "&sslpassword="}) {
    const std::size_t found = out.find(start);
    if (found == std::string::npos) continue;
    const std::size_t value = found + start.size();
    const std::size_t end = std::min(out.find('&', value), out.size());
    out.replace(value, end - value, kMask);
  }
  return out;
}

}  // namespace dmw::config
