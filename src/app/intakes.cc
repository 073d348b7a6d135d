#include "app/intakes.h"

#include <utility>

#include "app/mapping.h"

namespace dmw::app {

Intakes::Intakes(Foundation& ground, ingest::Burials& burials, std::function<void()> on_progress)
    : doors_({ground.settings(), ground.read(), ground.catalog(), ground.inbox(), ground.metrics(), ground.clock()}) {
  if (!ground.settings().orthanc.url) return;
  const sources::Surroundings rooms{ground.catalog(),
                                    ground.inbox(),
                                    ground.metrics(),
                                    ground.clock(),
                                    [&burials](const DeadLetter& letter, const std::optional<RequestClaim>& claim) {
                                      return burials.keep(letter, claim);
                                    },
                                    std::move(on_progress)};
  orthanc_.emplace(orthanc_options(ground.settings(), ground.read(), ground.catalog_id()), rooms);
}

void Intakes::start_orthanc() {
  if (orthanc_) orthanc_->start();
}

void Intakes::stop(const std::function<std::chrono::milliseconds()>& share) {
  doors_.stop(share());
  if (orthanc_) orthanc_->stop(share());
}

void Intakes::take(const config::Settings& settings) {
  doors_.change_callers(settings.dimse.callers);
  if (orthanc_) orthanc_->change_access(orthanc_access(settings));
}

Result<catalog::Submitted> Intakes::submit(const NewRequest& wanted) {
  if (!orthanc_) return fail(Errc::unavailable, "no Orthanc is configured: set ORTHANC_URL");
  return orthanc_->trigger().submit({.study = wanted.study,
                                     .correlation_id = wanted.correlation_id,
                                     .client_correlation = wanted.client_correlation,
                                     .traceparent = wanted.traceparent,
                                     .priority = wanted.priority});
}

}  // namespace dmw::app
