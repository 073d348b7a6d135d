#include "sources/folder/watched_folder.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <thread>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "sources/folder/mount_point.h"

namespace dmw::sources {
namespace {

constexpr std::size_t takers = 8;
constexpr std::chrono::minutes second_look_min{1};
constexpr std::size_t files_a_pass = 10'000;

PartTraits folder_traits(const std::string& name) {
  return {.name = name, .kind = PartKind::source, .needs = {"catalog", "inbox"}};
}

bool ends_in_any_case(std::string_view text, std::string_view ending) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= ending.size() &&
         std::ranges::equal(text.substr(text.size() - ending.size()), ending, {}, small);
}

/// Names that programs use for incomplete files, and hidden names.
bool is_temporary(std::string_view relative) {
  const std::string_view name = name_of(relative);
  constexpr std::array<std::string_view, 5> endings = {".part", ".tmp", ".partial", ".filepart", ".crdownload"};
  return name.starts_with('.') || name.starts_with('~') || name.ends_with('~') ||
         std::ranges::any_of(endings, [&](std::string_view ending) { return ends_in_any_case(name, ending); });
}

bool is_ours(std::string_view relative) {
  return relative == Filing::done_folder || relative == Filing::failed_folder;
}

bool is_hidden(std::string_view relative) {
  return name_of(relative).starts_with('.');
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
      return fail(Errc::invalid, format("WATCH_PATH {} and {} are inside each other: use separate folders",
                                        watched.string(), path.string()));
  }
  return {};
}

WatchedFolder::WatchedFolder(WatchOptions options, Door& door, const inbox::Intake& inbox, const Clock& clock)
    : Part(folder_traits(door.name())),
      options_(std::move(options)),
      door_(door),
      inbox_(inbox),
      clock_(clock),
      intake_(door, stop_.get_token()),
      mark_(options_.mark),
      filing_(stop_.get_token()),
      stable_(clock, options_.stable),
      postponed_(clock),
      second_look_(clock, std::max<std::chrono::milliseconds>(second_look_min, 2 * options_.stable)),
      worker_({"watch", options_.interval, [this] { return pass(); }, {}}, clock) {}

Result<std::unique_ptr<WatchedFolder>> WatchedFolder::open(WatchOptions options, Door& door, const inbox::Intake& inbox,
                                                           const Clock& clock) {
  TRY(check_apart(options.root, options.ours));
  std::unique_ptr<WatchedFolder> folder(new WatchedFolder(std::move(options), door, inbox, clock));
  if (folder->options_.keep) folder->taken_ = TRY(TakenFiles::open(folder->options_.journal));
  const MountNote note = TRY(read_mount_note(folder->options_.mount_note));
  if (note.folder == folder->options_.root) folder->mount_point_ = note.mount_point;
  return folder;
}

Result<> WatchedFolder::start() {
  worker_.start();
  return {};
}

void WatchedFolder::begin_stop(std::chrono::milliseconds /*patience*/) {
  stop_.request_stop();
}

void WatchedFolder::stop(std::chrono::milliseconds patience) {
  begin_stop(patience);
  worker_.stop();
  nudge_.reset();
}

PartState WatchedFolder::state() const {
  const FolderProgress seen = progress();
  if (seen.paused) return degraded(seen.reason, seen.since);
  if (!seen.has_room) {
    const Result<> admitted = door_.admit();
    return degraded(admitted ? "the inbox is half full; the folder is read again when the inbox has space"
                             : admitted.error().what);
  }
  if (seen.refused == 0) return ok(seen.unmarked);
  return degraded(format("{} files or folders cannot be read or moved, or do not fit; retrying{}{}", seen.refused,
                         seen.why_refused.empty() ? "" : ": ", seen.why_refused));
}

std::optional<PartSummary> WatchedFolder::summary(const SummaryOrder& /*order*/) const {
  return PartSummary{.title = name(),
                     .what = options_.root.string(),
                     .more = options_.keep ? "files stay where they are" : "files move to done/ or failed/ in it"};
}

std::unique_ptr<Part> no_folder(const std::string& name) {
  return std::make_unique<OffPart>(folder_traits(name), "WATCH_PATH is not set",
                                   PartSummary{.title = name, .kind = "off", .what = "set WATCH_PATH"});
}

FolderProgress WatchedFolder::progress() const {
  const lane::Worker::State worker = worker_.state();
  const std::lock_guard lock(mutex_);
  return {!worker.well(),  worker.since, worker.reason, waiting_.load(),
          refused_.load(), why_refused_, has_room(),    unmarked_};
}

bool WatchedFolder::has_room() const {
  return inbox_.has_room_to_pull();
}

Result<bool> WatchedFolder::pass() {
  const Result<FolderTree> tree = open_root();
  if (!tree) {
    nudge_.reset();  // a mount that comes back is another folder for the kernel
    return std::unexpected(tree.error());
  }
  return look_at(*tree);
}

Result<bool> WatchedFolder::look_at(const FolderTree& tree) {
  TRY(mark_.check(tree, options_.root));
  if (!options_.keep) TRY(filing_.check(tree));
  listen(tree);
  look_back(tree);
  if (!has_room()) return false;
  const std::vector<FoundFile> files = TRY(scan(tree));
  waiting_ = stable_.waiting() - files.size();
  const std::size_t unread = refused_;
  const Result<> taken = take_all(tree, files);
  refused_ = unread + postponed_.size();
  if (refused_ == 0) forget_why();
  if (!taken && !stopping()) return std::unexpected(taken.error());
  return files.size() == files_a_pass && !stopping();
}

Result<FolderTree> WatchedFolder::open_root() {
  Result<FolderTree> tree = FolderTree::open(options_.root);
  if (!tree && tree.error().code == Errc::not_found)
    return fail(Errc::unavailable,
                "WATCH_PATH does not exist: mount the share, or create the folder; this program does not create it");
  if (!tree) return fail(Errc::unavailable, "WATCH_PATH cannot be read: " + tree.error().what);
  TRY(check_mount());
  // A link in its path may have changed since the start.
  if (const Result<> apart = check_apart(options_.root, options_.ours); !apart)
    return fail(Errc::unavailable, apart.error().what);
  return tree;
}

/// Checks that the mount is still there. Without its share a mount point is an empty folder, or has files that were put
/// there by mistake. A new or different mount is accepted; only a missing one is an error.
Result<> WatchedFolder::check_mount() {
  const Result<std::filesystem::path> now = mount_point_of(options_.root);
  if (!now) return fail(Errc::unavailable, "WATCH_PATH cannot be read: " + now.error().what);
  if (*now != mount_point_ && lies_in(mount_point_, *now))
    return fail(Errc::unavailable,
                format("nothing is mounted at {} any more, but WATCH_PATH was on that mount: mount the share again. To "
                       "use the folder as it is, stop the program, remove {}, and start it again",
                       mount_point_.string(), options_.mount_note.string()));
  return remember_mount(*now);
}

/// Saved before the first file is imported, so that the next start knows it in any case.
Result<> WatchedFolder::remember_mount(const std::filesystem::path& mount_point) {
  if (mount_point == mount_point_) return {};
  if (!options_.mount_note.empty()) TRY(write_mount_note(options_.mount_note, {options_.root, mount_point}));
  mount_point_ = mount_point;
  return {};
}

void WatchedFolder::listen(const FolderTree& tree) {
  const Result<FolderTree::Identity> folder = tree.identity();
  if (!folder || (nudge_ && listened_to_ == *folder)) return;
  nudge_.reset();
  listened_to_ = *folder;
  if (auto nudge = FolderNudge::open(options_.root, [this] { worker_.nudge(); })) nudge_ = *std::move(nudge);
}

Result<std::vector<FoundFile>> WatchedFolder::scan(const FolderTree& tree) {
  std::vector<FoundFile> ready;
  std::size_t refused = 0;
  stable_.begin_scan();
  postponed_.begin_scan();
  if (taken_) taken_->begin_scan();
  TreeWalk walk(tree, [](const std::string& relative) { return !is_ours(relative) && !is_hidden(relative); });
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

/// Files are imported even if the folder cannot be marked.
Result<> WatchedFolder::mark(const FolderTree& tree) {
  if (options_.keep) return {};
  const Result<> marked = mark_.set(tree, options_.root);
  if (!marked && marked.error().code == Errc::unavailable) return marked;
  if (!marked) TRY(mark_.check(tree, options_.root));  // another installation may just have written its mark
  const std::lock_guard lock(mutex_);
  unmarked_ = marked ? ""
                     : format(
                           "{} cannot be marked as watched by this installation ({}): make sure that no other "
                           "installation moves its files",
                           options_.root.string(), marked.error().message());
  return {};
}

Result<> WatchedFolder::take_all(const FolderTree& tree, std::span<const FoundFile> files) {
  if (files.empty()) return {};
  TRY(mark(tree));
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
      const Result<> taken = take(tree, files[i], session);
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
  tell_taken(session);
  if (failed) return std::unexpected(*failed);
  return {};
}

void WatchedFolder::note_taken(const Intake& intake) {
  if (intake.ending == Intake::Ending::kept) ++look_.kept;
  if (intake.ending == Intake::Ending::set_aside) ++look_.set_aside;
  if (intake.ending == Intake::Ending::refused) ++look_.refused;
}

void WatchedFolder::tell_taken(const Session& session) {
  const std::size_t kept = look_.kept.exchange(0);
  const std::size_t set_aside = look_.set_aside.exchange(0);
  const std::size_t refused = look_.refused.exchange(0);
  if (kept + set_aside + refused == 0) return;
  log::info({"folder_read", "folder"},
            format("{} of {}: {} kept, {}, {} not DICOM", counted(kept + set_aside + refused, "file"),
                   options_.root.string(), kept, counted(set_aside, "dead letter"), refused),
            {{"correlation_id", session.correlation_id.text()},
             {"kept", kept},
             {"set_aside", set_aside},
             {"refused", refused}});
}

Result<> WatchedFolder::take(const FolderTree& tree, const FoundFile& file, const Session& session) {
  std::optional<Intake> intake = taken_before(file);
  if (!intake) {
    intake = TRY(intake_.take(tree, file, session));
    note_taken(*intake);
    crash_point("folder.after_keep");
  }
  TRY(put_away(tree, file, *intake));
  crash_point("folder.after_move");
  return {};
}

std::optional<Intake> WatchedFolder::taken_before(const FoundFile& file) {
  const std::lock_guard lock(mutex_);
  const Intake* const intake = postponed_.taken(file);
  return intake == nullptr ? std::nullopt : std::optional(*intake);
}

Result<> WatchedFolder::put_away(const FolderTree& tree, const FoundFile& file, const Intake& intake) {
  if (intake.ending == Intake::Ending::changed) return wait_for_the_writer(file);
  // The reason contains the name of the file, which may be the name of a patient.
  if (intake.ending == Intake::Ending::unreadable) return postpone(file, intake, "");
  if (intake.ending == Intake::Ending::no_room) return postpone(file, intake, intake.reason);
  if (taken_) return settle(file);
  const bool well = intake.ending == Intake::Ending::kept || intake.ending == Intake::Ending::passed;
  const auto moved = well ? filing_.done(tree, file) : filing_.failed(tree, file, intake.reason);
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

void WatchedFolder::look_back(const FolderTree& tree) {
  std::size_t taken_back = 0;
  while (const std::optional<Filing::Filed> filed = second_look_.due()) {
    const Result<bool> changed = filing_.take_back_if_changed(tree, *filed);
    if (changed && *changed) ++taken_back;
    if (!changed && changed.error().code != Errc::not_found)
      log::warning("folder_look_back_failed", changed.error().message());
  }
  if (taken_back > 0)
    log::warning("folder_files_taken_back", counted(taken_back, "file") + " changed after the move: read again",
                 {{"files", taken_back}});
}

}  // namespace dmw::sources
