// WatchedFolder: imports the files of a folder, also on a network share. Each scan walks the whole folder. A file that
// has stopped growing is kept, and only then moved.
//
//   walk -> StableFiles -> FileIntake (8 at once, so that their fsyncs group) -> inbox -> Filing: done/ or failed/
//
// An imported file that cannot be moved waits in PostponedFiles, and only the move is repeated. A moved file is checked
// once more (SecondLook), because its writer may only have paused. After a crash at any point a file is still in the
// folder, and importing it again changes nothing.
//
// No file is kept open between two scans, so that a share can be unmounted and mounted again. Known files are
// recognised by path, size and time, which do not change by that.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "inbox/intake.h"
#include "lane/worker.h"
#include "part/part.h"
#include "sources/door.h"
#include "sources/files/folder_tree.h"
#include "sources/folder/file_intake.h"
#include "sources/folder/filing.h"
#include "sources/folder/folder_mark.h"
#include "sources/folder/folder_nudge.h"
#include "sources/folder/postponed_files.h"
#include "sources/folder/second_look.h"
#include "sources/folder/stable_files.h"
#include "sources/folder/taken_files.h"

namespace dmw::sources {

struct WatchOptions {
  std::filesystem::path root;
  bool keep = false;  // files stay where they are
  std::chrono::milliseconds interval{5'000};
  std::chrono::milliseconds stable{5'000};
  std::filesystem::path journal;              // journal of imported files, if files stay
  std::filesystem::path mount_note{};         // file that saves the mount point for the next start; empty: not saved
  FolderMark::Options mark{};                 // mark of the installation that moves files
  std::vector<std::filesystem::path> ours{};  // folders that must be neither inside nor above the root
};

struct FolderProgress {
  bool paused = false;
  MicrosUtc since = 0;  // start of the pause
  std::string reason{};
  std::size_t waiting = 0;    // files that may still grow
  std::size_t refused = 0;    // files and folders that cannot be read or moved, or do not fit; they are retried
  std::string why_refused{};  // the sentence of the last time, if there is one
  bool has_room = true;       // false: no files are imported until the inbox has space
  std::string unmarked{};     // why the folder cannot be marked; files are then moved without a mark
};

/// Checks that the watched folder and our own folders are not inside each other, with links resolved. Errors: invalid
/// (names both).
Result<> check_apart(const std::filesystem::path& watched, std::span<const std::filesystem::path> ours);

class WatchedFolder : public Part {
 public:
  /// All arguments outlive it. The root need not exist, and is never created. Errors: those of the journal, and of
  /// check_apart().
  static Result<std::unique_ptr<WatchedFolder>> open(WatchOptions options, Door& door, const inbox::Intake& inbox,
                                                     const Clock& clock);

  Result<> start() override;
  /// A file that is being read ends with its next block of bytes, and is read again after the next start.
  void begin_stop(std::chrono::milliseconds patience) override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;
  /// Requests a scan now. Any thread.
  void nudge() { worker_.nudge(); }
  /// Any thread.
  FolderProgress progress() const;

  /// One scan, by one thread; returns true if there is more to import at once. Imports nothing while the inbox is half
  /// full. Errors: unavailable (the folder is missing, or files cannot be moved in it), full, internal.
  Result<bool> pass();

 private:
  WatchedFolder(WatchOptions options, Door& door, const inbox::Intake& inbox, const Clock& clock);

  /// Opens the folder, if it exists and its mount is still there.
  Result<FolderTree> open_root();
  Result<> check_mount();
  Result<> remember_mount(const std::filesystem::path& mount_point);
  void listen(const FolderTree& tree);
  Result<bool> look_at(const FolderTree& tree);
  /// Up to a limit, the files that may be imported now.
  Result<std::vector<FoundFile>> scan(const FolderTree& tree);
  Result<> mark(const FolderTree& tree);
  Result<> take_all(const FolderTree& tree, std::span<const FoundFile> files);
  Result<> take(const FolderTree& tree, const FoundFile& file, const Session& session);
  void note_taken(const Intake& intake);
  /// Logs one line about the files of a scan.
  void tell_taken(const Session& session);
  std::optional<Intake> taken_before(const FoundFile& file);
  Result<> put_away(const FolderTree& tree, const FoundFile& file, const Intake& intake);
  Result<> settle(const FoundFile& file, std::optional<Filing::Filed> filed = {});
  Result<> wait_for_the_writer(const FoundFile& file);
  Result<> postpone(const FoundFile& file, const Intake& intake, const std::string& why);
  void forget_why();
  /// Moves files back that have changed after the move.
  void look_back(const FolderTree& tree);
  bool has_room() const;
  bool stopping() const { return stop_.stop_requested(); }

  const WatchOptions options_;
  Door& door_;
  const inbox::Intake& inbox_;
  const Clock& clock_;
  std::stop_source stop_;
  FileIntake intake_;
  FolderMark mark_;
  Filing filing_;
  StableFiles stable_;
  PostponedFiles postponed_;
  SecondLook second_look_;
  std::optional<TakenFiles> taken_;
  std::filesystem::path mount_point_;                // the deepest mount point that the root was seen on
  std::optional<FolderTree::Identity> listened_to_;  // the folder that nudge_ watches
  mutable std::mutex mutex_;  // guards the lists above and the members below, which the threads of one pass share
  std::string why_refused_;
  std::string unmarked_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  struct Look {  // files that were taken in one
    std::atomic<std::size_t> kept = 0;
    std::atomic<std::size_t> set_aside = 0;
    std::atomic<std::size_t> refused = 0;
  };
  Look look_;
  lane::Worker worker_;
  std::unique_ptr<FolderNudge> nudge_;  // may be null
};

/// The part that stands for a folder that is not configured.
std::unique_ptr<Part> no_folder(const std::string& name);

}  // namespace dmw::sources
