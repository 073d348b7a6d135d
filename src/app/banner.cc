#include "app/banner.h"

#include "app/backends.h"
#include "app/version.h"
#include "base/format.h"

namespace dmw::app {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

std::string line(std::string_view part, std::string_view what, std::string_view more) {
  return format("  {:<10} {:<38} {}\n", part, what, more);
}

std::string catalog_line(const config::Settings& settings, const Gateway& gateway) {
  const bool sqlite = settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite;
  const std::string where = sqlite ? settings.catalog.database.path.string() : std::string("DATABASE_URL");
  const Result<std::int64_t> studies = gateway.study_count();
  return line("catalog", format("{:<10} {}", engine_name(settings), where),
              format("schema {}, {} studies", gateway.schema().schema, studies ? format("{}", *studies) : "?"));
}

std::string store_line(const config::Settings& settings, const Gateway& gateway) {
  const Result<std::optional<std::uint64_t>> free = gateway.free_bytes();
  std::string space;
  if (free && *free) {
    space = format("{:.0f} GiB free, refuses below {:.0f} GiB", static_cast<double>(**free) / gib,
                   static_cast<double>(settings.inbox.disk_reserve_bytes) / gib);
  }
  return line("store", format("{:<10} {}", store_name(settings), settings.storage.path.string()), space);
}

std::string events_line(const config::Settings& settings) {
  if (!settings.kafka.bootstrap_servers)
    return line("events", "log        in the catalog", "set KAFKA_BOOTSTRAP_SERVERS to publish");
  return line("events", format("{:<10} {}", "kafka", *settings.kafka.bootstrap_servers),
              format("{}, {}", settings.kafka.topic, settings.kafka.dlq_topic));
}

std::string dimse_line(const config::Settings& settings) {
  const config::Dimse& dimse = settings.dimse;
  if (dimse.port == 0) return line("dimse", "off", "set DIMSE_PORT");
  const std::size_t callers = dimse.callers.rules.size();
  return line("dimse", format("{}:{}  AE {}", dimse.bind, dimse.port, dimse.ae_title),
              callers == 0 ? "this machine only; for modalities set DIMSE_BIND and DIMSE_CALLERS"
                           : format("{} in DIMSE_CALLERS may call", callers));
}

std::string folder_line(const config::Settings& settings) {
  if (!settings.watch.path) return line("folder", "off", "set WATCH_PATH");
  return line("folder", settings.watch.path->string(),
              settings.watch.keep ? "files stay where they are" : "files move to done/ or failed/ in it");
}

std::string orthanc_line(const config::Settings& settings) {
  if (!settings.orthanc.url) return line("orthanc", "off", "set ORTHANC_URL");
  return line("orthanc", *settings.orthanc.url, "following its changes; no webhook needed");
}

}  // namespace

std::string banner(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took) {
  const std::string url = format("http://{}:{}/", settings.http.bind, gateway.http_port());
  std::string text = format("DICOM Middleware {}\n", version());
  text += catalog_line(settings, gateway);
  text += store_line(settings, gateway);
  text += events_line(settings);
  text += dimse_line(settings);
  text += line("stow", url + "dicom-web/studies", "");
  text += folder_line(settings);
  text += orthanc_line(settings);
  text +=
      line("access",
           settings.http.allow_anonymous ? "no login, EVERY machine that reaches it" : "no login, this machine only",
           settings.http.allow_anonymous ? "HTTP_ALLOW_ANONYMOUS is true" : "");
  text += line("api", url + "docs", "");
  text += line("start page", url, "");
  text += format("ready in {:.1f} s. Ctrl-C stops politely, a second Ctrl-C at once.\n", took.count());
  return text;
}

}  // namespace dmw::app
