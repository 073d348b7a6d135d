#include "sources/dimse/dimse_floor.h"

namespace dmw::sources {
namespace {

constexpr std::size_t labelled_callers_max = 100;

}  // namespace

DimseMetrics::DimseMetrics(Metrics& metrics)
    : metrics_(metrics), open_(metrics.gauge("dicom_middleware_associations", "Associations that are open")) {}

void DimseMetrics::ended(const std::string& outcome) {
  metrics_
      .counter("dicom_middleware_associations_total", "Associations and attempts at one, by how they ended",
               {{"outcome", outcome}})
      .add();
}

void DimseMetrics::refused(const std::string& reason) {
  metrics_
      .counter("dicom_middleware_associations_refused_total", "Associations refused, by reason", {{"reason", reason}})
      .add();
}

void DimseMetrics::seen(const std::string& calling_ae, MicrosUtc at) {
  const std::scoped_lock lock(mutex_);
  auto known = last_seen_.find(calling_ae);
  if (known == last_seen_.end()) {
    if (last_seen_.size() == labelled_callers_max) return;
    Gauge& gauge = metrics_.gauge("dicom_middleware_caller_last_seen_timestamp_seconds",
                                  "When a caller was last let in", {{"calling_ae", calling_ae}});
    known = last_seen_.emplace(calling_ae, &gauge).first;
  }
  known->second->set(static_cast<double>(at) / 1e6);
}

}  // namespace dmw::sources
