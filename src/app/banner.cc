#include "app/banner.h"

#include "app/backends.h"
#include "app/printing.h"
#include "app/version.h"
#include "base/format.h"
#include "base/log.h"
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

/// A part that is one of several kinds.
struct Kind {
  std::string_view part;
  std::string_view kind;
  std::string what;
  std::string more;
};

std::string line(const Kind& of) {
  return line(of.part, of_kind(of.kind, of.what), of.more);
}

/// On one line with other words.
std::string words(const Kind& of) {
  return format("{} {}{}{}", of.kind, of.what, of.more.empty() ? "" : ", ", of.more);
}

Kind catalog_of(const config::Settings& settings, const Gateway& gateway) {
  const bool sqlite = settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite;
  const std::string where = sqlite ? settings.catalog.database.path.string() : std::string("DATABASE_URL");
  const std::optional<catalog::SchemaState> schema = gateway.schema();
  if (!schema) return {"catalog", engine_name(settings), where, "away; what is pushed is kept meanwhile"};
  const Result<std::int64_t> studies = gateway.study_count();
  const std::string count = studies ? format("{}", *studies) : "?";
  return {"catalog", engine_name(settings), where,
          format("schema {}, {} {}", schema->schema, count, count == "1" ? "study" : "studies")};
}

Kind store_of(const config::Settings& settings, const Gateway& gateway) {
  const Result<std::optional<std::uint64_t>> free = gateway.free_bytes();
  std::string space;
  if (free && *free) {
    space = format("{:.0f} GiB free, refuses below {:.0f} GiB", static_cast<double>(**free) / gib,
                   static_cast<double>(settings.inbox.disk_reserve_bytes) / gib);
  }
  return {"store", store_name(settings), settings.storage.path.string(), space};
}

Kind events_of(const config::Settings& settings) {
  if (!settings.kafka.bootstrap_servers)
    return {"events", "log", "in the catalog", "set KAFKA_BOOTSTRAP_SERVERS to publish"};
  return {"events", "kafka", *settings.kafka.bootstrap_servers,
          format("{}, {}", settings.kafka.topic, settings.kafka.dlq_topic)};
}

std::string url_of(const config::Settings& settings, const Gateway& gateway) {
  return format("http://{}:{}/", settings.http.bind, gateway.http_port());
}

std::string intakes_of(const config::Settings& settings, const Gateway& gateway) {
  std::string intakes = format("stow {}dicom-web/studies", url_of(settings, gateway));
  const config::Dimse& dimse = settings.dimse;
  if (dimse.port != 0) intakes += format(", dimse {}:{} AE {}", dimse.bind, dimse.port, dimse.ae_title);
  if (settings.watch.path) intakes += ", folder " + settings.watch.path->string();
  if (settings.orthanc.url) intakes += ", orthanc " + *settings.orthanc.url;
  return intakes;
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
  const std::string url = url_of(settings, gateway);
  std::string text = format("DICOM Middleware {}\n", version());
  text += line(catalog_of(settings, gateway));
  text += line(store_of(settings, gateway));
  text += line(events_of(settings));
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

void log_ready(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took) {
  const std::string catalog = words(catalog_of(settings, gateway));
  const std::string store = words(store_of(settings, gateway));
  const std::string events = words(events_of(settings));
  const std::string intakes = intakes_of(settings, gateway);
  log::info("ready",
            format("DICOM Middleware {} is ready in {:.1f} s. Catalog: {}. Store: {}. Events: {}. Intakes: {}",
                   version(), took.count(), catalog, store, events, intakes),
            {{"seconds", took.count()},
             {"port", gateway.http_port()},
             {"version", version()},
             {"catalog", catalog},
             {"store", store},
             {"events", events},
             {"intakes", intakes}});
}

}  // namespace dmw::app
