// ErasedHere: whether an instance that nobody asked for is left where it is, because its study is erased here.
//
// A whole study is judged when it is listed. A request of single instances does not name a study: it is judged by the
// header of each. What was erased after the request was written is judged when it is recorded (catalog/unasked.h).
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

  /// `header`: of the instance, null when it was not read. True for an instance of an erased study, unless its request
  /// was written after the erasure and Orthanc does not say that it had the instance before that.
  /// Errors: those of the client; those of the catalog as outages.
  std::expected<bool, FetchError> keeps_away(const Request& request, const std::string& instance,
                                             const Attributes* header, const std::stop_token& stop);

 private:
  Result<std::string> study_of(const std::string& instance, const Attributes* header, const std::stop_token& stop);
  Result<std::optional<catalog::ErasedStudy>> erasure_of(const Request& request, const std::string& study);
  Result<bool> had_it_before(const std::string& instance, MicrosUtc erased_at, const std::stop_token& stop);

  const OrthancOptions& options_;
  const Surroundings& rooms_;
  OrthancClient& client_;
  // What the catalog said, by request and study. It is not asked again for each instance: a later erasure comes after
  // the request, and so is judged when the instance is recorded.
  std::map<std::pair<std::int64_t, std::string>, std::optional<catalog::ErasedStudy>> known_;
};

}  // namespace dmw::sources
