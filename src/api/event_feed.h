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

/// Any thread. Must be destroyed after the server has stopped.
class EventFeed {
 public:
  struct Options {
    std::size_t streams_max = 200;
    std::chrono::milliseconds interval{1'000};    ///< between two reads without a hint, for events of other replicas
    std::chrono::milliseconds heartbeat{15'000};  ///< a comment is sent after this time without an event
    std::chrono::milliseconds retry{100};         ///< wait before the next write to a reader whose buffer is full
  };

  /// Both outlive it.
  EventFeed(db::Database& database, const Clock& clock, Options options);
  EventFeed(db::Database& database, const Clock& clock) : EventFeed(database, clock, Options()) {}
  ~EventFeed();

  /// Streams every event after `position` that matches `filter`. Answers 503 when too many streams are open.
  void open(std::int64_t position, catalog::EventFilter filter, http::Responder responder);

  /// Call it when events were written to the event log. Never blocks.
  void on_events();

 private:
  struct Reader {
    std::int64_t position;
    catalog::EventFilter filter;
    Monotonic written_at;
    http::Stream stream;
  };
  /// A run of events without a gap, as they were read from the log.
  using Page = std::vector<Event>;

  void run();
  /// True if at least one reader has not received the newest event of the log.
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
