// Volume: a directory of ours that a file in it names. Where its file system is unmounted, another directory has its
// path, mostly an empty one: nothing in it is ours, and nothing may be made in it.
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
  /// `name_file` in the directory holds `name`, now and whenever it is this volume. `setting`: where its path is set.
  Volume(std::filesystem::path directory, std::string name_file, std::string name, std::string setting);

  /// It is this very volume that has the path, or has it again: device numbers are new at each mount. Two system calls
  /// while nothing changes. Errors: unavailable, with the setting in the sentence and the path in the chain.
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
