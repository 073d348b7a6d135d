// What the parts of one Orthanc source share: its settings, and the rooms it works with.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/live.h"
#include "base/metrics.h"
#include "base/setting_names.h"
#include "db/database.h"
#include "dicom/read_attributes.h"
#include "http/client.h"
#include "inbox/intake.h"
#include "model/catalog_id.h"
#include "model/dead_letter.h"
#include "model/request.h"

namespace dmw::sources {

/// Which studies are fetched of those that Orthanc had before us.
struct Backfill {
  enum class Studies { all, none, since };
  Studies studies = Studies::all;
  std::string date{};  // of `since`: YYYY-MM-DD, UTC

  /// As the setting has it.
  std::string words() const {
    if (studies == Studies::since) return "since:" + date;
    return studies == Studies::all ? "all" : "none";
  }
};

struct OrthancOptions {
  std::string name = "orthanc";
  SettingNames setting{"orthanc"};  ///< for sentences that name a setting
  std::string base_url;
  /// Shared with every client of the source, and so replaced for all of them at once. Never null.
  std::shared_ptr<Live<http::Access>> access = std::make_shared<Live<http::Access>>(http::Access());
  /// Of the Orthanc, as all clients of the source hear it. Never null.
  std::shared_ptr<http::Silence> silence = std::make_shared<http::Silence>();
  std::size_t connections = 16;
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds reconcile_interval{0};  // 0: at the start and after a reset only
  Backfill backfill;
  std::chrono::seconds request_lease{60};
  std::chrono::seconds leader_lease{15};
  /// A transfer that brings less than 64 KiB in this time is given up.
  std::chrono::milliseconds stall_timeout{60'000};
  std::chrono::milliseconds probe_timeout{5'000};
  /// A source that has accepted connections and has sent no byte on any of them for so long is not well. Its transfers
  /// go on until `stall_timeout`.
  std::chrono::milliseconds silent_after{5'000};
  /// How long a missing number of /changes may still appear.
  std::chrono::milliseconds hole_patience{60'000};
  std::chrono::milliseconds retry_first{1'000};
  std::chrono::milliseconds retry_most{300'000};
  /// A source of which nothing comes for so long, though it answers, is not well.
  std::chrono::milliseconds barren_after{5'000};
  /// A file that Orthanc knows and cannot give is set aside after so many tries over at least this time.
  int lost_attempts = 8;
  std::chrono::milliseconds lost_after{600'000};
  dicom::ReadOptions header;
  CatalogId catalog_id;  // the name space of dead letters

  /// Its URL without user:password@, should somebody have written that there.
  std::string address() const {
    const std::size_t host = base_url.find("://") == base_url.npos ? 0 : base_url.find("://") + 3;
    const std::size_t at = base_url.substr(0, base_url.find('/', host)).rfind('@');
    return at == base_url.npos || at < host ? base_url : base_url.substr(0, host) + base_url.substr(at + 1);
  }
  /// How every sentence calls it.
  std::string title() const { return "Orthanc at " + address(); }
  http::ClientOptions client() const {
    return {.base_url = base_url,
            .peer = title(),
            .access = access,
            .connect_timeout = probe_timeout,
            .stall_timeout = stall_timeout,
            .silence = silence};
  }
};

/// Called first in each transaction of who follows a source. Errors: stale (another process does by now).
using Fence = std::function<Result<>(db::Transaction&)>;

/// A call that ends with `stop`.
inline http::CallOptions until(std::stop_token stop) {
  http::CallOptions call;
  call.stop = std::move(stop);
  return call;
}
/// A call that asks only whether the source is there.
inline http::CallOptions probing(const OrthancOptions& options, std::stop_token stop = {}) {
  http::CallOptions call = until(std::move(stop));
  call.stall_timeout = options.probe_timeout;
  return call;
}

/// It was seen in the source's changes, or found by a comparison.
inline bool nobody_asked(const Request& request) {
  return request.priority != RequestPriority::asked;
}

/// Sets an item aside for good, with its event; the request, if one is named, has failed with it. Errors: stale (the
/// claim is over; nothing is set aside then).
using Bury = std::function<Result<>(const DeadLetter& letter, const std::optional<RequestClaim>& claim)>;

/// Everything outlives the source. Any thread.
struct Surroundings {
  db::Database& catalog;
  inbox::Intake& inbox;
  Metrics& metrics;
  const Clock& clock;
  std::string holder;  // in whose name leases and requests are held: of this process alone
  Bury bury;
  /// Requests were finished, or have failed for good: somebody may wait for them. Must not block.
  std::function<void()> progressed = [] {};
};

}  // namespace dmw::sources
