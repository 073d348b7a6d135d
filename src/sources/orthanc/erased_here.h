// ErasedHere: decides whether an instance without an explicit request is not fetched, because its study was erased
// here.
//
// A request for a study is checked when the study is listed. A request for single instances has no study, so each
// instance is checked by its header. An erasure after the request was written is checked when the instance is recorded
// (catalog/unasked.h).
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "catalog/unasked.h"
#include "model/attributes.h"
#include "model/request.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"
#include "sources/orthanc/step.h"

namespace dmw::sources {

/// One thread; of one fetcher.
class ErasedHere {
 public:
  ErasedHere(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client)
      : options_(options), rooms_(rooms), client_(client) {}

  /// `header`: of the instance, null if it was not read. Returns true for an instance of an erased study, unless its
  /// request was written after the erasure and Orthanc received the instance after the erasure, or does not report
  /// when. Errors: those of the client; those of the catalog as outages.
  std::expected<bool, FetchError> keeps_away(const Request& request, const std::string& instance,
                                             const Attributes* header, const std::stop_token& stop);

 private:
  Result<std::string> study_of(const std::string& instance, const Attributes* header, const std::stop_token& stop);
  Result<std::optional<catalog::ErasedStudy>> erasure_of(const Request& request, const std::string& study);
  Result<bool> had_it_before(const std::string& instance, MicrosUtc erased_at, const std::stop_token& stop);

  const OrthancOptions& options_;
  const Surroundings& rooms_;
  OrthancClient& client_;
  // The answers of the catalog, by request and study. They are cached for all instances, because a later erasure is
  // checked when the instance is recorded.
  std::map<std::pair<std::int64_t, std::string>, std::optional<catalog::ErasedStudy>> known_;
};

}  // namespace dmw::sources
