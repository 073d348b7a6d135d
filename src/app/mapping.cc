#include "app/mapping.h"

#include "app/kafka_outlets.h"
#include "app/readable_file.h"
#include "config/clusters.h"
#include "config/orthancs.h"
#include "db/postgres/url.h"
#include "dicom/dictionary.h"

namespace dmw::app {

Result<> check_settings(const config::Settings& settings) {
  std::string wrong;
  const auto tell = [&](const std::string& problem) {
    if (!problem.empty()) wrong += (wrong.empty() ? "" : "\n") + problem;
  };
  for (const config::Orthanc* const orthanc : config::orthancs(settings))
    tell(unreadable_file(config::setting_name(*orthanc, "ca_file"), orthanc->ca_file));
  for (const config::Kafka* const cluster : config::clusters(settings)) {
    for (const std::string& problem : kafka_problems(*cluster)) tell(problem);
  }
  if (const auto tags = dicom::tags_of(settings.catalog.attributes); !tags)
    tell("CATALOG_ATTRIBUTES: " + tags.error().what + "; allowed: keywords of DICOM PS3.6, separated by commas");
  const config::DatabaseUrl& database = settings.catalog.database;
  if (database.kind == config::DatabaseUrl::Kind::postgresql) {
    if (const auto url = db::postgres::libpq_url(database.url.reveal()); !url) tell(url.error().what);
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

ingest::SettleRules settle_rules(const config::Settle& settle) {
  ingest::SettleRules rules{.usual = {settle.quiet, settle.max}, .by_source = {}, .by_ae = {}};
  for (const auto& [name, exception] : settle.by_source) rules.by_source[name] = {exception.quiet, exception.max};
  for (const auto& [title, exception] : settle.by_ae) rules.by_ae[title] = {exception.quiet, exception.max};
  return rules;
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
