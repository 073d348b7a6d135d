#include "sources/folder/watched_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"

namespace dmw::sources {
namespace {

constexpr std::size_t takers = 8;
constexpr std::chrono::minutes second_look_min{1};
constexpr std::size_t files_a_pass = 10'000;

/// Names that mean "not whole yet" wherever programs copy files, and those that people do not see.
bool is_temporary(std::string_view relative) {
  const std::string_view name = relative.substr(relative.rfind('/') + 1);
  constexpr std::array<std::string_view, 5> endings = {".part", ".tmp", ".partial", ".filepart", ".crdownload"};
  return name.starts_with('.') || name.starts_with('~') || name.ends_with('~') ||
         std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_ours(std::string_view relative) {
  return relative == Filing::done_folder || relative == Filing::failed_folder;
}

bool is_hidden(std::string_view relative) {
  return relative.substr(relative.rfind('/') + 1).starts_with('.');
}

bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::filesystem::path real(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::path resolved = std::filesystem::weakly_canonical(path, ignored);
  return resolved.empty() ? path.lexically_normal() : resolved;
}

}  // namespace

Result<> check_apart(const std::filesystem::path& watched, std::span<const std::filesystem::path> ours) {
  const std::filesystem::path folder = real(watched);
  for (const std::filesystem::path& path : ours) {
    const std::filesystem::path other = real(path);
    if (lies_in(folder, other) || lies_in(other, folder))
      return fail(Errc::invalid, format("WATCH_PATH {} and {} lie in each other: watch a folder of its own",
                                        watched.string(), path.string()));
  }
  return {};
}

WatchedFolder::WatchedFolder(WatchOptions options, Door& door, const inbox::Inbox& inbox, const Clock& clock)
    : options_(std::move(options)),
      door_(door),
      inbox_(inbox),
      clock_(clock),
      intake_(door, stop_.get_token()),
      filing_(options_.root, stop_.get_token()),
      stable_(clock, options_.stable),
      postponed_(clock),
      second_look_(clock, std::max<std::chrono::milliseconds>(second_look_min, 2 * options_.stable)),
      worker_({"watch", options_.interval, [this] { return pass(); }, {}}) {}

Result<std::unique_ptr<WatchedFolder>> WatchedFolder::open(WatchOptions options, Door& door, const inbox::Inbox& inbox,
                                                           const Clock& clock) {
  std::unique_ptr<WatchedFolder> folder(new WatchedFolder(std::move(options), door, inbox, clock));
  if (folder->options_.keep) folder->taken_ = TRY(TakenFiles::open(folder->options_.journal));
  return folder;
}

void WatchedFolder::begin_stop() {
  stop_.request_stop();
}

void WatchedFolder::stop() {
  begin_stop();
  worker_.stop();
  nudge_.reset();
}

FolderState WatchedFolder::state() const {
  const lane::Worker::State worker = worker_.state();
  const std::lock_guard lock(mutex_);
  return {!worker.well(), worker.since, worker.reason, waiting_.load(), refused_.load(), why_refused_, has_room()};
}

bool WatchedFolder::has_room() const {
  return inbox_.fill() < pull_fill_max;
}

Result<bool> WatchedFolder::pass() {
  if (Result<> there = find_root(); !there) {
    nudge_.reset();  // what comes back is another folder to the kernel
    return std::unexpected(std::move(there).error());
  }
  if (!options_.keep) TRY(filing_.prepare());
  listen();
  look_back();
  if (!has_room()) return false;
  const std::vector<FoundFile> files = TRY(scan());
  waiting_ = stable_.waiting() - files.size();
  const std::size_t unread = refused_;
  const Result<> taken = take_all(files);
  refused_ = unread + postponed_.size();
  if (refused_ == 0) forget_why();
  if (!taken && !stopping()) return std::unexpected(taken.error());
  return files.size() == files_a_pass && !stopping();
}

Result<> WatchedFolder::find_root() {
  struct stat status{};
  if (::stat(options_.root.c_str(), &status) != 0)
    return fail(Errc::unavailable, format("WATCH_PATH cannot be read: {}", std::strerror(errno)));
  if (!S_ISDIR(status.st_mode)) return fail(Errc::unavailable, "WATCH_PATH is no folder");
  if (!file_system_) file_system_ = status.st_dev;
  // Where a share is not mounted there is an empty folder, of another file system.
  if (*file_system_ != status.st_dev)
    return fail(Errc::unavailable, "another file system is at WATCH_PATH than at the start: is the share mounted?");
  return {};
}

void WatchedFolder::listen() {
  if (nudge_) return;
  if (auto nudge = FolderNudge::open(options_.root, [this] { worker_.nudge(); })) nudge_ = *std::move(nudge);
}

Result<std::vector<FoundFile>> WatchedFolder::scan() {
  std::vector<FoundFile> ready;
  std::size_t refused = 0;
  stable_.begin_scan();
  postponed_.begin_scan();
  if (taken_) taken_->begin_scan();
  TreeWalk walk(options_.root, [](const std::string& relative) { return !is_ours(relative) && !is_hidden(relative); });
  while (!stopping()) {
    const Result<std::optional<FoundFile>> next = walk.next();
    if (!next) {
      if (walk.at().empty())
        return fail(Errc::unavailable, format("WATCH_PATH cannot be read: {}", next.error().message()));
      ++refused;
      continue;
    }
    const std::optional<FoundFile>& file = *next;
    if (!file) break;
    if (is_temporary(file->relative) || (taken_ && taken_->has(*file))) continue;
    const bool stable = stable_.seen(*file);
    if (postponed_.may_try(*file) && stable && ready.size() < files_a_pass) ready.push_back(*file);
  }
  if (stopping()) return std::vector<FoundFile>{};
  stable_.end_scan();
  postponed_.end_scan();
  if (taken_) TRY(taken_->end_scan());
  refused_ = refused;
  return ready;
}

Result<> WatchedFolder::take_all(std::span<const FoundFile> files) {
  if (files.empty()) return {};
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::folder;
  session.correlation_id = Uuid::random();
  session.source = door_.name();
  session.started_at = clock_.now();
  std::atomic<std::size_t> next = 0;
  std::optional<Error> failed;
  const auto run = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      if (stopping() || !has_room()) return;
      const Result<> taken = take(files[i], session);
      if (taken) continue;
      next = files.size();
      const std::lock_guard lock(mutex_);
      failed = taken.error();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(takers, files.size()); ++i) others.emplace_back(run);
    run();
  }
  if (failed) return std::unexpected(*failed);
  return {};
}

Result<> WatchedFolder::take(const FoundFile& file, const Session& session) {
  std::optional<Intake> intake = taken_before(file);
  if (!intake) {
    intake = TRY(intake_.take(options_.root / file.relative, file.stamp, session));
    crash_point("folder.after_keep");
  }
  TRY(put_away(file, *intake));
  crash_point("folder.after_move");
  return {};
}

std::optional<Intake> WatchedFolder::taken_before(const FoundFile& file) {
  const std::lock_guard lock(mutex_);
  const Intake* const intake = postponed_.taken(file);
  return intake == nullptr ? std::nullopt : std::optional(*intake);
}

Result<> WatchedFolder::put_away(const FoundFile& file, const Intake& intake) {
  if (intake.ending == Intake::Ending::changed) return wait_for_the_writer(file);
  // Why a file cannot be read has its name in it, which may be that of a patient.
  if (intake.ending == Intake::Ending::unreadable) return postpone(file, intake, "");
  if (intake.ending == Intake::Ending::no_room) return postpone(file, intake, intake.reason);
  if (taken_) return settle(file);
  const bool well = intake.ending == Intake::Ending::kept || intake.ending == Intake::Ending::passed;
  const auto moved = well ? filing_.done(file) : filing_.failed(file, intake.reason);
  if (moved) return *moved ? settle(file, *moved) : wait_for_the_writer(file);
  if (moved.error().code == Errc::not_found) return settle(file);
  if (moved.error().code == Errc::cancelled) return std::unexpected(moved.error());
  return postpone(file, intake, moved.error().message());
}

Result<> WatchedFolder::settle(const FoundFile& file, std::optional<Filing::Filed> filed) {
  const std::lock_guard lock(mutex_);
  postponed_.forget(file);
  if (filed) second_look_.expect(*std::move(filed));
  return taken_ ? taken_->add(file) : Result<>();
}

Result<> WatchedFolder::wait_for_the_writer(const FoundFile& file) {
  const std::lock_guard lock(mutex_);
  postponed_.forget(file);
  stable_.changed(file.relative);
  return {};
}

Result<> WatchedFolder::postpone(const FoundFile& file, const Intake& intake, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (why != why_refused_ && !why.empty()) log::warning("folder_file_postponed", why);
  why_refused_ = why;
  postponed_.postpone(file, intake);
  return {};
}

void WatchedFolder::forget_why() {
  const std::lock_guard lock(mutex_);
  why_refused_.clear();
}

void WatchedFolder::look_back() {
  std::size_t taken_back = 0;
  while (const std::optional<Filing::Filed> filed = second_look_.due()) {
    const Result<bool> changed = filing_.take_back_if_changed(*filed);
    if (changed && *changed) ++taken_back;
    if (!changed && changed.error().code != Errc::not_found)
      log::warning("folder_look_back_failed", changed.error().message());
  }
  if (taken_back > 0)
    log::warning("folder_files_taken_back", "written to after they were moved: they are read again",
                 {{"files", taken_back}});
}

}  // namespace dmw::sources
