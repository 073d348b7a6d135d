#include "app/orthancs.h"

#include <algorithm>

#include "base/format.h"
#include "config/orthancs.h"

namespace dmw::app {
namespace {

/// `text` has passed config::check_backfill.
sources::Backfill backfill(std::string_view text) {
  using Studies = sources::Backfill::Studies;
  if (text == "none") return {Studies::none};
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return {};
  return {Studies::since, std::string(text.substr(colon + 1))};
}

http::Access access_of(const config::Orthanc& orthanc) {
  return {.username = orthanc.username.value_or(""),
          .password = orthanc.password.value_or(Private<std::string>()),
          .ca_file = orthanc.ca_file.value_or("")};
}

}  // namespace

sources::OrthancOptions orthanc_options(const config::Orthanc& orthanc, const dicom::ReadOptions& read,
                                        CatalogId catalog_id) {
  sources::OrthancOptions options;
  options.name = config::source_name(orthanc);
  options.setting = config::setting_names(orthanc);
  options.base_url = orthanc.url.value_or("");
  options.access->set(access_of(orthanc));
  options.connections = orthanc.connections;
  options.poll_interval = orthanc.poll_interval;
  options.reconcile_interval = orthanc.reconcile_interval;
  options.backfill = backfill(orthanc.backfill);
  options.header = read;
  options.catalog_id = std::move(catalog_id);
  return options;
}

std::vector<std::string> orthanc_names(const config::Settings& settings) {
  std::vector<std::string> names;
  for (const config::Orthanc* const orthanc : config::orthancs(settings))
    names.push_back(config::source_name(*orthanc));
  return names;
}

Orthancs::Orthancs(Foundation& ground, const sources::Surroundings& around) {
  for (const config::Orthanc* const orthanc : config::orthancs(ground.settings())) {
    all_.push_back({orthanc->section, std::make_unique<sources::OrthancSource>(
                                          orthanc_options(*orthanc, ground.read(), ground.catalog_id()), around)});
  }
  if (all_.empty()) off_ = sources::no_orthanc(orthanc_name);
}

void Orthancs::add_to(PartList& parts) {
  for (const Named& one : all_) parts.add(*one.source);
  if (off_) parts.add(*off_);
}

/// Where the settings have no such Orthanc any more, it stays as it is until the next start.
void Orthancs::take(const config::Settings& settings) {
  for (const Named& one : all_) {
    if (const config::Orthanc* const orthanc = config::find_orthanc(settings, one.section))
      one.source->change_access(access_of(*orthanc));
  }
}

std::string Orthancs::default_name() const {
  const bool is_clear = all_.size() == 1 || (!all_.empty() && all_.front().section.empty());
  return is_clear ? all_.front().source->name() : "";
}

Result<catalog::Submitted> Orthancs::submit(const NewRequest& wanted) {
  if (all_.empty()) return fail(Errc::unavailable, "no Orthanc is configured: set ORTHANC_URL");
  const auto found = std::ranges::find(all_, wanted.source, [](const Named& one) { return one.source->name(); });
  if (found == all_.end()) return fail(Errc::invalid, format("{} is no Orthanc that is configured", wanted.source));
  return found->source->trigger().submit({.study = wanted.study,
                                          .correlation_id = wanted.correlation_id,
                                          .client_correlation = wanted.client_correlation,
                                          .traceparent = wanted.traceparent,
                                          .priority = wanted.priority});
}

}  // namespace dmw::app
