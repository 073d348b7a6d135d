// Volume: a directory of ours with a name file. If its file system is unmounted, another directory, usually an empty
// one, has its path. Nothing in that one is ours, and nothing may be created in it.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace dmw {

/// Any thread.
class Volume {
 public:
  /// `name_file` in the directory contains `name` as long as this volume is mounted. `setting`: names its path.
  Volume(std::filesystem::path directory, std::string name_file, std::string name, std::string setting);

  /// Checks that this volume has the path, also after it was mounted again (device numbers change at each mount). Two
  /// system calls if nothing changed. Errors: unavailable, with the setting in the sentence and the path in the chain.
  Result<> check() const;

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
  };
  Result<Identity> identity() const;
  std::unexpected<Error> away(const std::string& why) const;

  const std::filesystem::path directory_;
  const std::string name_file_;
  const std::string name_;
  const std::string setting_;
  mutable std::mutex mutex_;
  mutable Identity known_;  // the last that was found to be this volume
};

}  // namespace dmw
