#include "app/banner.h"

#include "app/backends.h"
#include "app/printing.h"
#include "app/version.h"
#include "base/format.h"
#include "config/syntax.h"

namespace dmw::app {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

std::string line(std::string_view part, std::string_view what, std::string_view more = "") {
  std::string text = format("  {:<10} {:<26}  {}", part, what, more);
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

std::string of_kind(std::string_view kind, std::string_view what) {
  return format("{:<7} {}", kind, what);
}

std::string catalog_line(const config::Settings& settings, const Gateway& gateway) {
  const bool sqlite = settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite;
  const std::string where = sqlite ? settings.catalog.database.path.string() : std::string("DATABASE_URL");
  const std::optional<catalog::SchemaState> schema = gateway.schema();
  if (!schema) return line("catalog", of_kind(engine_name(settings), where), "away; what is pushed is kept meanwhile");
  const Result<std::int64_t> studies = gateway.study_count();
  const std::string count = studies ? format("{}", *studies) : "?";
  return line("catalog", of_kind(engine_name(settings), where),
              format("schema {}, {} {}", schema->schema, count, count == "1" ? "study" : "studies"));
}

std::string store_line(const config::Settings& settings, const Gateway& gateway) {
  const Result<std::optional<std::uint64_t>> free = gateway.free_bytes();
  std::string space;
  if (free && *free) {
    space = format("{:.0f} GiB free, refuses below {:.0f} GiB", static_cast<double>(**free) / gib,
                   static_cast<double>(settings.inbox.disk_reserve_bytes) / gib);
  }
  return line("store", of_kind(store_name(settings), settings.storage.path.string()), space);
}

std::string events_line(const config::Settings& settings) {
  if (!settings.kafka.bootstrap_servers)
    return line("events", of_kind("log", "in the catalog"), "set KAFKA_BOOTSTRAP_SERVERS to publish");
  return line("events", of_kind("kafka", *settings.kafka.bootstrap_servers),
              format("{}, {}", settings.kafka.topic, settings.kafka.dlq_topic));
}

std::string dimse_line(const config::Settings& settings) {
  const config::Dimse& dimse = settings.dimse;
  if (dimse.port == 0) return line("dimse", "off  set DIMSE_PORT");
  const std::size_t callers = dimse.callers.rules.size();
  return line("dimse", format("{}:{}  AE {}", dimse.bind, dimse.port, dimse.ae_title),
              callers == 0 ? "this machine only; for modalities set DIMSE_BIND and DIMSE_CALLERS"
                           : format("{} in DIMSE_CALLERS may call", callers));
}

std::string orthanc_line(const config::Settings& settings, const Gateway& gateway) {
  const auto size = gateway.orthanc_size();
  std::string more = "following its changes; no webhook needed";
  if (size && *size) {
    more = format("following its changes; it has {} {}, ORTHANC_BACKFILL={}", grouped((*size)->studies),
                  (*size)->studies == 1 ? "study" : "studies", settings.orthanc.backfill);
  }
  return line("orthanc", settings.orthanc.url.value_or(""), more);
}

/// One line while there is nothing to say of both.
std::string pull_lines(const config::Settings& settings, const Gateway& gateway) {
  constexpr std::string_view no_folder = "off  set WATCH_PATH";
  constexpr std::string_view no_orthanc = "off  set ORTHANC_URL";
  const std::optional<config::Path>& folder = settings.watch.path;
  const std::optional<std::string>& orthanc = settings.orthanc.url;
  if (!folder && !orthanc) return line("folder", no_folder, format("orthanc  {}", no_orthanc));
  const std::string_view files =
      settings.watch.keep ? "files stay where they are" : "files move to done/ or failed/ in it";
  return (folder ? line("folder", folder->string(), files) : line("folder", no_folder)) +
         (orthanc ? orthanc_line(settings, gateway) : line("orthanc", no_orthanc));
}

std::string access_line(const config::Settings& settings) {
  const bool for_all = settings.http.allow_anonymous && !config::is_loopback(settings.http.bind);
  const std::string_view who =
      for_all ? "no login, EVERY machine that reaches it: HTTP_ALLOW_ANONYMOUS is true" : "no login, this machine only";
  return line("access", format("{} (docs/operations/security.md)", who));
}

}  // namespace

std::string banner(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took) {
  const std::string url = format("http://{}:{}/", settings.http.bind, gateway.http_port());
  std::string text = format("DICOM Middleware {}\n", version());
  text += catalog_line(settings, gateway);
  text += store_line(settings, gateway);
  text += events_line(settings);
  text += dimse_line(settings);
  text += line("stow", url + "dicom-web/studies");
  text += pull_lines(settings, gateway);
  text += access_line(settings);
  text += line("api", url + "docs");
  text += line("start page", url);
  if (!gateway.has_control_socket())
    text += line("commands", "no CONTROL_SOCKET", format("it cannot be made: give --url {} to commands", url));
  text += format("ready in {:.1f} s. Ctrl-C stops politely, a second Ctrl-C at once.\n", took.count());
  return text;
}

}  // namespace dmw::app
