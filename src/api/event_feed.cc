#include "api/event_feed.h"

#include <algorithm>
#include <iterator>

#include "api/rendering.h"
#include "base/log.h"

namespace dmw::api {

namespace {

constexpr std::size_t kPageEvents = 500;
constexpr std::size_t kPageBytes = 4U << 20U;

}  // namespace

EventFeed::EventFeed(db::Database& database, const Clock& clock, Options options)
    : database_(database), clock_(clock), options_(options), thread_([this] { run(); }) {}

EventFeed::~EventFeed() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void EventFeed::open(std::int64_t position, catalog::EventFilter filter, http::Responder responder) {
  {
    const std::scoped_lock lock(mutex_);
    if (open_ < options_.streams_max && !stopping_) {
      ++open_;
      http::Stream stream = responder.stream(
          200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}});
      // Sent first, so that the reader sees at once that the stream is open.
      stream.write(": the events follow\n\n");
      arrived_.push_back({position, std::move(filter), clock_.monotonic(), std::move(stream)});
      nudged_ = true;
      changed_.notify_one();
      return;
    }
  }
  responder.send(http::Problem::of(503, "too many event streams are open"));
}

void EventFeed::on_events() {
  const std::scoped_lock lock(mutex_);
  nudged_ = true;
  changed_.notify_one();
}

void EventFeed::run() {
  std::vector<Reader> readers;
  bool behind = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      open_ = readers.size() + arrived_.size();
      const auto due = [&] { return stopping_ || nudged_; };
      if (open_ == 0) {
        changed_.wait(lock, [&] { return stopping_ || !arrived_.empty(); });
      } else {
        const auto wait = behind ? options_.retry : std::min(options_.interval, options_.heartbeat);
        clock_.wait_until(changed_, lock, clock_.monotonic() + wait, due);
      }
      if (stopping_) return;
      nudged_ = false;
      std::ranges::move(arrived_, std::back_inserter(readers));
      arrived_.clear();
    }
    behind = serve(readers);
  }
}

bool EventFeed::serve(std::vector<Reader>& readers) {
  std::ranges::sort(readers, {}, &Reader::position);
  Page page;
  bool behind = false;
  for (Reader& reader : readers) {
    behind = serve(reader, page) || behind;
    const Monotonic now = clock_.monotonic();
    if (now - reader.written_at < options_.heartbeat) continue;
    reader.stream.write(": still here\n\n");
    reader.written_at = now;
  }
  std::erase_if(readers, [](const Reader& reader) { return !reader.stream.open(); });
  return behind;
}

bool EventFeed::serve(Reader& reader, Page& page) {
  const bool covered =
      !page.empty() && page.front().position <= reader.position + 1 && page.back().position > reader.position;
  if (!covered) {
    auto read = catalog::read_after(database_, reader.position, kPageEvents, kPageBytes);
    if (!read) {
      // The log no longer has the next event of this reader. It connects again with its position and gets 410.
      if (read.error().code == Errc::gone) reader.stream.close();
      log::debug("event_feed_blind", read.error().message());
      return false;
    }
    page = std::move(*read);
  }
  const std::int64_t before = reader.position;
  for (const Event& event : page) {
    if (event.position <= reader.position) continue;
    const bool shown = reader.filter.matches(event);
    if (shown && !reader.stream.write(server_sent(event))) return reader.stream.open();
    reader.position = event.position;
    if (shown) reader.written_at = clock_.monotonic();
  }
  return reader.position != before;
}

}  // namespace dmw::api
