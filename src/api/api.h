// Api: the whole HTTP interface, as one table of routes.
#pragma once

#include <vector>

#include "api/event_feed.h"
#include "api/parts.h"
#include "api/replay_jobs.h"
#include "api/wait_desk.h"
#include "http/router.h"

namespace dmw::api {

/// Must be created before the server and destroyed after the server has stopped. Any thread.
class Api {
 public:
  struct Options {
    WaitDesk::Options wait_desk{};
    EventFeed::Options event_feed{};
  };

  Api(Parts parts, Options options);
  explicit Api(Parts parts) : Api(std::move(parts), Options()) {}

  /// All routes with their scopes. The routes refer to this object.
  std::vector<http::Route> routes();

  /// Call it when a request was finished, a study was published, or the position of a sink has moved. Never blocks.
  void on_progress() { desk_.on_progress(); }
  /// Call it when events were written to the event log. Never blocks.
  void on_events() { feed_.on_events(); }

  /// The number of callers that wait for a study.
  std::size_t waiting() const { return desk_.waiting(); }

 private:
  const Parts parts_;
  WaitDesk desk_;
  EventFeed feed_;
  ReplayJobs jobs_;
};

}  // namespace dmw::api
