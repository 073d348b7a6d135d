#include "sources/orthanc/erased_here.h"

#include <array>

#include "base/format.h"
#include "base/log.h"

namespace dmw::sources {

namespace {

constexpr std::size_t known_max = 1'000;

/// Nullopt if Orthanc does not report it; an error if it may report it later.
Result<std::optional<MicrosUtc>> if_told(const Result<MicrosUtc>& time) {
  if (time) return *time;
  if (time.error().transient() || time.error().code == Errc::cancelled) return std::unexpected(time.error());
  return std::nullopt;
}

}  // namespace

std::expected<bool, FetchError> ErasedHere::keeps_away(const Request& request, const std::string& instance,
                                                       const Attributes* header, const std::stop_token& stop) {
  if (!nobody_asked(request)) return false;
  const std::string study = TRY(study_of(instance, header, stop));
  const Result<std::optional<catalog::ErasedStudy>> erasure = erasure_of(request, study);
  if (!erasure) return std::unexpected(FetchError(erasure.error(), true));
  if (!*erasure) return false;
  const bool away = request.erasures_before < (*erasure)->number || TRY(had_it_before(instance, (*erasure)->at, stop));
  if (away) {
    log::info(
        "erased_study_passed_over",
        format("study {} of {} was erased here: it is fetched only on request", study, options_.name),
        {{"source", options_.name}, {"study_instance_uid", study}, {"correlation_id", request.correlation_id.text()}});
  }
  return away;
}

Result<std::string> ErasedHere::study_of(const std::string& instance, const Attributes* header,
                                         const std::stop_token& stop) {
  if (header != nullptr) return header->study_uid.get();
  return TRY(client_.study_of(instance, until(stop))).study_uid;
}

Result<std::optional<catalog::ErasedStudy>> ErasedHere::erasure_of(const Request& request, const std::string& study) {
  const std::pair key(request.id, study);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  if (known_.size() >= known_max) known_.clear();
  const std::array<std::string, 1> uids = {study};
  const auto erased = TRY(catalog::erased_studies(rooms_.catalog, uids));
  const auto found = erased.find(study);
  return known_[key] = found == erased.end() ? std::nullopt : std::optional(found->second);
}

/// Compares with Orthanc's own clock, to the second. If Orthanc does not report the time, or within the same second,
/// the instance counts as new, because losing a new instance would be worse.
Result<bool> ErasedHere::had_it_before(const std::string& instance, MicrosUtc erased_at, const std::stop_token& stop) {
  const std::optional<MicrosUtc> received = TRY(if_told(client_.received_at(instance, until(stop))));
  if (!received) return false;
  const std::optional<MicrosUtc> there = TRY(if_told(client_.now(until(stop))));
  if (!there) return false;
  constexpr MicrosUtc second = 1'000'000;
  return *received + second <= erased_at + (*there - rooms_.clock.now());
}

}  // namespace dmw::sources
