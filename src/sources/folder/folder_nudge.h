// FolderNudge: reports new files in a folder at once, by inotify (not on network shares, and not in sub-folders). Only
// a hint: a missed file is found at the next look.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/file.h"
#include "base/result.h"

namespace dmw::sources {

class FolderNudge {
 public:
  /// `nudge` is called from a separate thread, at most once a second. Errors: not_found, full, internal; the folder is
  /// then only scanned.
  static Result<std::unique_ptr<FolderNudge>> open(const std::filesystem::path& folder, std::function<void()> nudge);
  FolderNudge(const FolderNudge&) = delete;
  FolderNudge& operator=(const FolderNudge&) = delete;
  ~FolderNudge();

 private:
  FolderNudge(File changes, File stop, std::function<void()> nudge);
  void run(const std::stop_token& stopped);

  const File changes_;
  const File stop_;
  const std::function<void()> nudge_;
  std::jthread thread_;
};

}  // namespace dmw::sources
