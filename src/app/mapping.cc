#include "app/mapping.h"

#include <filesystem>

#include <unistd.h>

#include "base/format.h"
#include "db/postgres/url.h"
#include "dicom/dictionary.h"

namespace dmw::app {
namespace {

bool is_secured(const config::Kafka& kafka) {
  return kafka.bootstrap_servers && kafka.security_protocol.ends_with("ssl");
}

/// Otherwise only the library that reads it would tell, in its own words, when it connects.
std::string unreadable(std::string_view name, const std::optional<config::Path>& file, bool may_be_folder = false) {
  std::error_code untold;
  const bool is_right =
      !file || (::access(file->c_str(), R_OK) == 0 && (may_be_folder || !std::filesystem::is_directory(*file, untold)));
  if (is_right) return {};
  return format("{}: {} is not a file that can be read; allowed: a PEM file that this user may read", name,
                file->string());
}

}  // namespace

Result<> check_settings(const config::Settings& settings) {
  std::string wrong;
  const auto tell = [&](const std::string& problem) {
    if (!problem.empty()) wrong += (wrong.empty() ? "" : "\n") + problem;
  };
  const config::Kafka& broker = settings.kafka;
  tell(unreadable("ORTHANC_CA_FILE", settings.orthanc.ca_file));
  if (is_secured(broker)) {
    tell(unreadable("KAFKA_SSL_CA_FILE", broker.ssl_ca_file, true));
    tell(unreadable("KAFKA_SSL_CERTIFICATE_FILE", broker.ssl_certificate_file));
    tell(unreadable("KAFKA_SSL_KEY_FILE", broker.ssl_key_file));
  }
  if (const auto tags = dicom::tags_of(settings.catalog.attributes); !tags)
    tell("CATALOG_ATTRIBUTES: " + tags.error().what + "; allowed: keywords of DICOM PS3.6, separated by commas");
  const config::DatabaseUrl& database = settings.catalog.database;
  if (database.kind == config::DatabaseUrl::Kind::postgresql) {
    if (const auto url = db::postgres::libpq_url(database.url.reveal()); !url) tell(url.error().what);
  }
  if (broker.bootstrap_servers && wrong.empty()) {
    if (const Result<> kafka = events::kafka::KafkaSink::check(kafka_options(settings)); !kafka)
      tell("KAFKA_*: " + kafka.error().what);
  }
  if (!wrong.empty()) return fail(Errc::invalid, wrong);
  return {};
}

events::Profile event_profile(const config::Settings& settings) {
  events::Profile profile;
  switch (settings.events.profile) {
    case config::EventProfile::full:
      profile.kind = events::Profile::Kind::full;
      break;
    case config::EventProfile::pseudonym:
      profile.kind = events::Profile::Kind::pseudonym;
      break;
    case config::EventProfile::ids:
      profile.kind = events::Profile::Kind::ids;
      break;
  }
  if (settings.events.pseudonym_key) profile.key = *settings.events.pseudonym_key;
  return profile;
}

events::kafka::Options kafka_options(const config::Settings& settings) {
  const config::Kafka& kafka = settings.kafka;
  events::kafka::Options options;
  options.bootstrap_servers = kafka.bootstrap_servers.value_or("");
  options.topic = kafka.topic;
  options.dead_letter_topic = kafka.dlq_topic;
  options.security_protocol = kafka.security_protocol;
  options.sasl_mechanism = kafka.sasl_mechanism;
  options.sasl_username = kafka.sasl_username.value_or("");
  options.sasl_password = kafka.sasl_password.value_or(Private<std::string>());
  options.ssl_ca_file = kafka.ssl_ca_file.value_or("");
  options.ssl_certificate_file = kafka.ssl_certificate_file.value_or("");
  options.ssl_key_file = kafka.ssl_key_file.value_or("");
  options.ssl_key_password = kafka.ssl_key_password.value_or(Private<std::string>());
  options.extra = kafka.extra;
  options.create_topics = kafka.create_topics;
  options.partitions = static_cast<int>(kafka.partitions);
  options.replication = static_cast<int>(kafka.replication);
  return options;
}

ingest::SettleRules settle_rules(const config::Settle& settle) {
  ingest::SettleRules rules{.usual = {settle.quiet, settle.max}, .by_source = {}, .by_ae = {}};
  for (const auto& [name, exception] : settle.by_source) rules.by_source[name] = {exception.quiet, exception.max};
  for (const auto& [title, exception] : settle.by_ae) rules.by_ae[title] = {exception.quiet, exception.max};
  return rules;
}

namespace {

/// `text` has passed config::check_backfill.
sources::Backfill backfill(std::string_view text) {
  using Studies = sources::Backfill::Studies;
  if (text == "none") return {Studies::none};
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return {};
  return {Studies::since, std::string(text.substr(colon + 1))};
}

}  // namespace

sources::OrthancOptions orthanc_options(const config::Settings& settings, const dicom::ReadOptions& read,
                                        CatalogId catalog_id) {
  const config::Orthanc& orthanc = settings.orthanc;
  sources::OrthancOptions options;
  options.name = orthanc_name;
  options.base_url = orthanc.url.value_or("");
  options.access->set(orthanc_access(settings));
  options.connections = orthanc.connections;
  options.poll_interval = orthanc.poll_interval;
  options.reconcile_interval = orthanc.reconcile_interval;
  options.backfill = backfill(orthanc.backfill);
  options.header = read;
  options.catalog_id = std::move(catalog_id);
  return options;
}

http::Access orthanc_access(const config::Settings& settings) {
  const config::Orthanc& orthanc = settings.orthanc;
  return {.username = orthanc.username.value_or(""),
          .password = orthanc.password.value_or(Private<std::string>()),
          .ca_file = orthanc.ca_file.value_or("")};
}

dimse::Options dimse_options(const config::Settings& settings) {
  const config::Dimse& set = settings.dimse;
  dimse::Options options;
  options.bind = set.bind;
  options.port = set.port;
  options.ae_title = set.ae_title;
  options.callers = set.callers;
  options.associations = set.associations;
  options.associations_per_host = set.associations_per_host;
  options.artim = set.artim_timeout;
  options.idle = set.idle_timeout;
  return options;
}

}  // namespace dmw::app
