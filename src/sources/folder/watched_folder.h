// WatchedFolder: a folder, also on a network share, into which others put files. Each look walks all of it: what has
// stopped growing is kept, and only then moved away.
//
//   walk -> StableFiles -> FileIntake (8 at once, so that their fsyncs group) -> inbox -> Filing: done/ or failed/
//
// What was taken and cannot be moved waits in PostponedFiles, and only its move is tried again; what was moved is
// looked at once more (SecondLook), in case its writer had only paused. A crash anywhere leaves a file where it was, or
// kept and where it was: the same once more changes nothing.
//
// Nothing is held open between two looks, so that a share can be unmounted and another one mounted; what is known of
// files is known by their paths, sizes and times, which stay the same then.
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
  std::filesystem::path journal;              // of what was taken, when files stay
  std::filesystem::path mount_note{};         // where the root was mounted, for the next life; empty: it is forgotten
  FolderMark::Options mark{};                 // of the installation that moves files
  std::vector<std::filesystem::path> ours{};  // folders that must not lie in the root, nor the root in them
};

struct FolderProgress {
  bool paused = false;
  MicrosUtc since = 0;  // of the pause
  std::string reason{};
  std::size_t waiting = 0;    // files that may still grow
  std::size_t refused = 0;    // files and folders that cannot be read or moved, or do not fit: tried again
  std::string why_refused{};  // the last time, where there is a sentence
  bool has_room = true;       // else nothing is taken until the inbox is emptier
  std::string unmarked{};     // why the folder cannot be marked, where files are moved without a mark
};

/// A folder that is watched and one that is ours must not lie in each other, with links resolved. Errors: invalid, with
/// both.
Result<> check_apart(const std::filesystem::path& watched, std::span<const std::filesystem::path> ours);

class WatchedFolder : public Part {
 public:
  /// Everything outlives it. The root need not be there yet, and is never made. Errors: those of the journal, and of
  /// check_apart().
  static Result<std::unique_ptr<WatchedFolder>> open(WatchOptions options, Door& door, const inbox::Intake& inbox,
                                                     const Clock& clock);

  Result<> start() override;
  /// What is under way ends with its next block of bytes, and is taken again in the next life.
  void begin_stop(std::chrono::milliseconds patience) override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;
  /// Look now. Any thread.
  void nudge() { worker_.nudge(); }
  /// Any thread.
  FolderProgress progress() const;

  /// One look, by one thread; true when there is more to take at once. Nothing is taken while the inbox is half full.
  /// Errors: unavailable (the folder is away, or nothing can be moved in it), full, internal.
  Result<bool> pass();

 private:
  WatchedFolder(WatchOptions options, Door& door, const inbox::Intake& inbox, const Clock& clock);

  /// The folder, where it is there and what is mounted at it or above it is still mounted.
  Result<FolderTree> open_root();
  Result<> check_mount();
  Result<> remember_mount(const std::filesystem::path& mount_point);
  void listen(const FolderTree& tree);
  Result<bool> look_at(const FolderTree& tree);
  /// At most so many files that may be taken now.
  Result<std::vector<FoundFile>> scan(const FolderTree& tree);
  Result<> mark(const FolderTree& tree);
  Result<> take_all(const FolderTree& tree, std::span<const FoundFile> files);
  Result<> take(const FolderTree& tree, const FoundFile& file, const Session& session);
  void note_taken(const Intake& intake);
  /// One line of the log for what was taken in one look.
  void tell_taken(const Session& session);
  std::optional<Intake> taken_before(const FoundFile& file);
  Result<> put_away(const FolderTree& tree, const FoundFile& file, const Intake& intake);
  Result<> settle(const FoundFile& file, std::optional<Filing::Filed> filed = {});
  Result<> wait_for_the_writer(const FoundFile& file);
  Result<> postpone(const FoundFile& file, const Intake& intake, const std::string& why);
  void forget_why();
  /// Takes back what somebody wrote to after it was moved.
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
  std::filesystem::path mount_point_;                // the deepest that the root was seen on
  std::optional<FolderTree::Identity> listened_to_;  // by nudge_
  mutable std::mutex mutex_;  // what the takers of one pass share: the lists above, and what follows
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
  std::unique_ptr<FolderNudge> nudge_;  // where there is one
};

/// In the place of a folder that is not configured.
std::unique_ptr<Part> no_folder(const std::string& name);

}  // namespace dmw::sources
