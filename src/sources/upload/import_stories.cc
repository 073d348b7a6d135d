#include "sources/upload/import_stories.h"

#include <numeric>

#include "base/format.h"
#include "base/log.h"

namespace dmw::sources {
namespace {

/// The host of a peer, without the port, because an import uses many connections.
std::string host_in(const std::string& peer) {
  if (peer == "unix") return "this machine";
  const std::size_t colon = peer.rfind(':');
  return colon == peer.npos ? peer : peer.substr(0, colon);
}

}  // namespace

void ImportStories::add(const Uuid& import, const std::string& peer, Outcome outcome) {
  const std::scoped_lock lock(mutex_);
  const Monotonic now = clock_.monotonic();
  Story& story = stories_.try_emplace(import, Story{.peer = host_in(peer), .began = now}).first->second;
  story.last = now;
  ++story.files.at(static_cast<std::size_t>(outcome));
}

void ImportStories::tell(std::chrono::milliseconds quiet) {
  const std::scoped_lock lock(mutex_);
  const Monotonic now = clock_.monotonic();
  std::erase_if(stories_, [&](const auto& entry) {
    const auto& [import, story] = entry;
    if (now - story.last < quiet) return false;
    const auto count = [&](Outcome outcome) { return story.files.at(static_cast<std::size_t>(outcome)); };
    const std::size_t all = std::accumulate(story.files.begin(), story.files.end(), std::size_t{0});
    const std::chrono::duration<double> took = story.last - story.began;
    std::string words =
        format("{} from {} in {:.1f} s: {} new, {} same, {}", counted(all, "file"), story.peer, took.count(),
               count(Outcome::added), count(Outcome::same), counted(count(Outcome::set_aside), "dead letter"));
    if (count(Outcome::kept) > 0) words += format(", {} kept and not recorded yet", count(Outcome::kept));
    log::info({"imported", "import"}, words,
              {{"correlation_id", import.text()},
               {"peer", story.peer},
               {"files", all},
               {"new", count(Outcome::added)},
               {"same", count(Outcome::same)},
               {"set_aside", count(Outcome::set_aside)},
               {"seconds", took.count()}});
    return true;
  });
}

}  // namespace dmw::sources
