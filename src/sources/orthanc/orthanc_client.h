// OrthancClient: what we ask of Orthanc's REST API, as typed answers. Facts: Orthanc 1.10.1, run.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "base/setting_names.h"
#include "http/client.h"

namespace dmw::sources {

/// Orthanc names a resource by five groups of eight hexadecimal digits. Nothing else ever goes into a path.
bool is_resource_id(std::string_view text);

struct OrthancSystem {
  std::string version;
  std::string database_id;           // empty where it does not tell
  std::optional<bool> overwrites{};  // OverwriteInstances; older versions, 1.10.1 among them, do not tell
};

struct OrthancSize {
  std::int64_t studies = 0;
  std::int64_t instances = 0;
  std::int64_t mebibytes = 0;
  std::uint64_t uncompressed_bytes = 0;
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

/// `20260131T120000`, as Orthanc writes every time: UTC, to the second. Nothing for anything else.
std::optional<MicrosUtc> parse_orthanc_time(std::string_view text);

struct OrthancInstance {
  std::string file_uuid;  // another one when the bytes are replaced
  std::uint64_t size_bytes = 0;
};

/// Instances by id.
using OrthancInstances = std::map<std::string, OrthancInstance>;

/// An answer that was no success.
struct OrthancRefusal {
  int status = 0;
  /// Orthanc describes its errors (HttpDescribeErrors), though not each of them; no proxy does so.
  bool of_orthanc = false;
  std::optional<std::chrono::milliseconds> retry_after{};
};

/// A level of resources, as paths name it.
enum class Level { study, series, instance };
/// "Study", "Series", "Instance".
std::string_view name(Level level);

/// One thread; keeps its connection. Errors of every call: those of http::Client and expect_success (not_found: there
/// is no such resource any more), invalid (the answer is not what Orthanc says; an id is none).
class OrthancClient {
 public:
  /// `setting`: what a sentence calls the settings of this Orthanc.
  explicit OrthancClient(const http::ClientOptions& options, SettingNames setting = SettingNames("orthanc"))
      : options_(options), setting_(std::move(setting)), http_(options) {}

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
  /// Of the whole of it. Orthanc needs some time to count if there is much.
  Result<OrthancSize> size(const http::CallOptions& call = {});
  /// How many instances a study has.
  Result<std::int64_t> instance_count(const std::string& study, const http::CallOptions& call = {});
  /// Some that it has, the oldest of the index first.
  Result<std::vector<std::string>> some(Level level, std::size_t limit, const http::CallOptions& call = {});
  /// Which of these resources it has, of any level. Errors: as studies().
  Result<std::set<std::string>> present(std::span<const std::string> ids, const http::CallOptions& call = {});
  /// A question about one resource that is described when it fails.
  Result<> metadata(Level level, const std::string& id, const http::CallOptions& call = {});
  /// Whether it answers at all under the path of this resource.
  Result<> resource(Level level, const std::string& id, const http::CallOptions& call = {});
  /// The ids of its instances.
  Result<std::vector<std::string>> series(const std::string& id, const http::CallOptions& call = {});
  /// The same with the file of each; a tenth of the cost of asking for each. too_large: over `body_limit_bytes`.
  Result<OrthancInstances> instances_of(const std::string& series, const http::CallOptions& call = {});
  /// The same of many series, as studies() does.
  Result<std::map<std::string, OrthancInstances>> instances_of(std::span<const std::string> series,
                                                               const http::CallOptions& call = {});
  /// Of many instances, as studies() does.
  Result<OrthancInstances> instances(std::span<const std::string> ids, const http::CallOptions& call = {});
  /// The study that an instance is of.
  Result<OrthancStudy> study_of(const std::string& instance, const http::CallOptions& call = {});
  /// When Orthanc got an instance, or its present bytes: by its clock, to the second.
  Result<MicrosUtc> received_at(const std::string& instance, const http::CallOptions& call = {});
  /// What time it is there, to the second.
  Result<MicrosUtc> now(const http::CallOptions& call = {});
  Result<OrthancInstance> instance(const std::string& id, const http::CallOptions& call = {});
  /// Streams the file as Orthanc has it. Returns its FileUuid, by the file name of the answer, so that tag and bytes
  /// belong together; nullopt if this Orthanc names it differently.
  Result<std::string> file(const std::string& id, const http::ByteSink& sink, const http::CallOptions& call = {});

  /// From now on each call ends with `stop`, unless it has a token of its own.
  void end_with(std::stop_token stop) { stop_ = std::move(stop); }
  /// Of the last call, when it failed because of the status of its answer.
  const std::optional<OrthancRefusal>& refusal() const { return refusal_; }
  /// Closes the connection; the next call makes another.
  void hang_up() { http_ = http::Client(options_); }

 private:
  Result<http::Response> accepted(Result<http::Response> answer);
  http::CallOptions ending(http::CallOptions call) const {
    if (!call.stop.stop_possible()) call.stop = stop_;
    return call;
  }
  /// An answer that cannot be read is the fault of the answering server. Adds to its error what to check.
  template <typename Value>
  Result<Value> advised(Result<Value> read) const;
  std::unexpected<Error> wrong(std::string_view what) const;
  Result<json::value> get(const std::string& path, const http::CallOptions& call);
  Result<json::object> get_object(const std::string& path, const http::CallOptions& call);
  Result<json::array> get_array(const std::string& path, const http::CallOptions& call);
  /// A text of its own, without JSON.
  Result<MicrosUtc> get_time(const std::string& path, const http::CallOptions& call);
  /// `level`: of what these resources contain, or are, at this level, and without its metadata.
  Result<std::vector<json::object>> bulk_content(std::span<const std::string> ids, http::CallOptions call,
                                                 std::optional<Level> level = std::nullopt);

  const http::ClientOptions options_;
  const SettingNames setting_;
  std::stop_token stop_;
  http::Client http_;
  std::optional<OrthancRefusal> refusal_;
};

}  // namespace dmw::sources
