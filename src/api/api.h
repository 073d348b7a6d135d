// Api: everything that is answered over HTTP, as one table of routes.
#pragma once

#include <vector>

#include "api/event_feed.h"
#include "api/parts.h"
#include "api/replay_jobs.h"
#include "api/wait_desk.h"
#include "http/router.h"

namespace dmw::api {

/// Made before the server and destroyed after it has stopped. Any thread.
class Api {
 public:
  struct Options {
    WaitDesk::Options wait_desk{};
    EventFeed::Options event_feed{};
  };

  Api(Parts parts, Options options);
  explicit Api(Parts parts) : Api(std::move(parts), Options()) {}

  /// Every route with its scope; they refer to this object.
  std::vector<http::Route> routes();

  /// A request was finished, a study published, or a sink moved on. Never blocks.
  void on_progress() { desk_.on_progress(); }
  /// Events were written into the log. Never blocks.
  void on_events() { feed_.on_events(); }

  /// How many callers wait for a study.
  std::size_t waiting() const { return desk_.waiting(); }

 private:
  const Parts parts_;
  WaitDesk desk_;
  EventFeed feed_;
  ReplayJobs jobs_;
};

}  // namespace dmw::api
