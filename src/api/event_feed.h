// EventFeed: the event log as server-sent events (WHATWG HTML §9.2). One thread reads for all streams.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "catalog/event_search.h"
#include "http/responder.h"

namespace dmw::api {

/// Any thread. Destroyed after the server has stopped.
class EventFeed {
 public:
  struct Options {
    std::size_t streams_max = 200;
    std::chrono::milliseconds interval{1'000};    ///< between reads without a nudge, for events of other replicas
    std::chrono::milliseconds heartbeat{15'000};  ///< a comment after so long without an event
    std::chrono::milliseconds retry{100};         ///< when a reader has not taken what it was given
  };

  /// Both outlive it.
  EventFeed(db::Database& database, const Clock& clock, Options options);
  EventFeed(db::Database& database, const Clock& clock) : EventFeed(database, clock, Options()) {}
  ~EventFeed();

  /// Streams every event after `position` that matches. A 503 when there are too many streams.
  void open(std::int64_t position, catalog::EventFilter filter, http::Responder responder);

  /// Something was written into the event log. Never blocks.
  void on_events();

 private:
  struct Reader {
    std::int64_t position;
    catalog::EventFilter filter;
    Monotonic written_at;
    http::Stream stream;
  };
  /// Events that follow each other without a gap, as far as they were read.
  using Page = std::vector<Event>;

  void run();
  /// True when somebody is behind what the log has.
  bool serve(std::vector<Reader>& readers);
  bool serve(Reader& reader, Page& page);

  db::Database& database_;
  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Reader> arrived_;
  std::size_t open_ = 0;
  bool nudged_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::api
