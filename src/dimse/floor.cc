#include "dimse/floor.h"

namespace dmw::dimse {
namespace {

constexpr std::size_t labelled_callers_max = 100;

}  // namespace

AssociationMetrics::AssociationMetrics(Metrics& metrics)
    : open_(metrics.gauge("dicom_middleware_associations", "Open associations")),
      ended_(metrics.counters("dicom_middleware_associations_total", "Associations, also refused ones, by outcome")),
      refused_(metrics.counters("dicom_middleware_associations_refused_total", "Associations refused, by reason")),
      last_seen_at_(metrics.gauges("dicom_middleware_caller_last_seen_timestamp_seconds",
                                   "Time when a caller was last accepted")) {}

void AssociationMetrics::ended(const std::string& outcome) {
  ended_.with({{"outcome", outcome}}).add();
}

void AssociationMetrics::refused(const std::string& reason) {
  refused_.with({{"reason", reason}}).add();
}

void AssociationMetrics::seen(const std::string& calling_ae, MicrosUtc at) {
  const std::scoped_lock lock(mutex_);
  auto known = last_seen_.find(calling_ae);
  if (known == last_seen_.end()) {
    if (last_seen_.size() == labelled_callers_max) return;
    known = last_seen_.emplace(calling_ae, &last_seen_at_.with({{"calling_ae", calling_ae}})).first;
  }
  known->second->set(static_cast<double>(at) / 1e6);
}

}  // namespace dmw::dimse
