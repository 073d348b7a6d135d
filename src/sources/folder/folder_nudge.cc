#include "sources/folder/folder_nudge.h"

#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace dmw::sources {
namespace {

constexpr int pause_ms = 1'000;

}  // namespace

Result<std::unique_ptr<FolderNudge>> FolderNudge::open(const std::filesystem::path& folder,
                                                       std::function<void()> nudge) {
  File changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  File stop(::eventfd(0, EFD_CLOEXEC));
  if (!changes.is_open() || !stop.is_open()) return fail_errno(errno, "inotify");
  if (::inotify_add_watch(changes.descriptor(), folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
    return fail_errno(errno, "inotify");
  return std::unique_ptr<FolderNudge>(new FolderNudge(std::move(changes), std::move(stop), std::move(nudge)));
}

FolderNudge::FolderNudge(File changes, File stop, std::function<void()> nudge)
    : changes_(std::move(changes)),
      stop_(std::move(stop)),
      nudge_(std::move(nudge)),
      thread_([this](const std::stop_token& stopped) { run(stopped); }) {}

FolderNudge::~FolderNudge() {
  thread_.request_stop();
  ::eventfd_write(stop_.descriptor(), 1);
}

void FolderNudge::run(const std::stop_token& stopped) {
  std::array<std::byte, 16U << 10U> events;
  while (!stopped.stop_requested()) {
    std::array<pollfd, 2> ends = {{{stop_.descriptor(), POLLIN, 0}, {changes_.descriptor(), POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), -1) < 0 || ends[1].revents == 0) continue;
    // The walk finds the files; many changes at once are one hint.
    while (::read(changes_.descriptor(), events.data(), events.size()) > 0) {
    }
    nudge_();
    ::poll(ends.data(), 1, pause_ms);
  }
}

}  // namespace dmw::sources
