// OrthancClient: what we ask of Orthanc's REST API, as typed answers. Facts: Orthanc 1.10.1, run.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace dmw::sources {

/// Orthanc names a resource by five groups of eight hexadecimal digits. Nothing else ever goes into a path.
bool is_resource_id(std::string_view text);

struct OrthancSystem {
  std::string version;
  std::string database_id;  // empty where it does not tell
};

struct OrthancChange {
  std::int64_t seq = 0;
  std::string type;  // NewInstance, StableStudy…
  std::string id;
  std::string date;  // to the second

  bool operator==(const OrthancChange&) const = default;
};

struct OrthancChanges {
  std::vector<OrthancChange> changes;  // Seq rises
  std::int64_t last = 0;               // Seq of the last one here, or what was asked for when there are none
  bool done = true;
};

struct OrthancStudy {
  std::string id;
  std::string study_uid;    // of its main tags; may be empty
  std::string last_update;  // to the second
  bool stable = false;
  std::vector<std::string> series;
};

/// What is kept of a study to see later whether it has changed: `LastUpdate` is to the second, so an instance that came
/// within that second shows in the count alone.
std::string study_tag(const std::string& last_update, std::int64_t instances);

struct OrthancInstance {
  std::string file_uuid;  // another one when the bytes are replaced
  std::uint64_t size_bytes = 0;
};

/// One thread; keeps its connection. Errors of every call: those of http::Client and expect_success (not_found: there
/// is no such resource any more), invalid (the answer is not what Orthanc says; an id is none).
class OrthancClient {
 public:
  explicit OrthancClient(const http::ClientOptions& options) : http_(options) {}

  Result<OrthancSystem> system(const http::CallOptions& call = {});
  Result<OrthancChanges> changes(std::int64_t since, std::size_t limit, const http::CallOptions& call = {});
  /// The newest Seq there is; 0 for none.
  Result<std::int64_t> last_change(const http::CallOptions& call = {});
  /// One page, in an order that stays while nothing is added or deleted.
  Result<std::vector<OrthancStudy>> studies(std::size_t since, std::size_t limit, const http::CallOptions& call = {});
  Result<OrthancStudy> study(const std::string& id, const http::CallOptions& call = {});
  /// Of many, by id, in one request; those that are not there, or of which it tells nonsense, are left out. A third of
  /// the cost of asking for each. not_found also: an Orthanc before `/tools/bulk-content`.
  Result<std::map<std::string, OrthancStudy>> studies(std::span<const std::string> ids,
                                                      const http::CallOptions& call = {});
  /// How many instances a study has.
  Result<std::int64_t> instance_count(const std::string& study, const http::CallOptions& call = {});
  /// Of some instances, the oldest of the index first.
  Result<std::vector<std::string>> some_instances(std::size_t limit, const http::CallOptions& call = {});
  /// The ids of its instances.
  Result<std::vector<std::string>> series(const std::string& id, const http::CallOptions& call = {});
  /// The same of many series, as studies() does.
  Result<std::map<std::string, std::vector<std::string>>> series(std::span<const std::string> ids,
                                                                 const http::CallOptions& call = {});
  /// The FileUuid of each of its instances; a tenth of the cost of asking for each. too_large: over `body_limit_bytes`.
  Result<std::map<std::string, std::string>> series_tags(const std::string& id, const http::CallOptions& call = {});
  Result<OrthancInstance> instance(const std::string& id, const http::CallOptions& call = {});
  /// Streams the file as Orthanc has it. Returns its FileUuid, which this Orthanc gives as the file name of the answer,
  /// so that tag and bytes belong together; empty where another version names the file otherwise.
  Result<std::string> file(const std::string& id, const http::ByteSink& sink, const http::CallOptions& call = {});

 private:
  http::Client http_;
};

}  // namespace dmw::sources
