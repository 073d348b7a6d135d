// A folder of a test's own, gone with its owner.
#pragma once

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <stdlib.h>

#include "testing/files.h"

namespace dmw {

/// Names below it are written `folder / "name"`; where a path is wanted, the folder itself will do.
class ScratchFolder {
 public:
  /// In memory where there is such a thing, for a thousand fsyncs are dear on a disk.
  ScratchFolder() : ScratchFolder(std::filesystem::exists("/dev/shm") ? "/dev/shm" : temporary()) {}
  explicit ScratchFolder(const std::filesystem::path& parent) {
    std::string name = (parent / "dmw-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made in " + parent.string());
    path_ = std::filesystem::canonical(name);
  }
  /// Where temporary files go: for what asks about the disk, and for servers.
  static ScratchFolder on_disk() { return ScratchFolder(temporary()); }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  operator const std::filesystem::path&() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

  /// Makes the folders above it too. Returns the path of the file.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view bytes) const {
    write_file(path_ / name, bytes);
    return path_ / name;
  }
  std::string read(const std::filesystem::path& name) const { return read_file(path_ / name); }
  bool has(const std::filesystem::path& name) const { return std::filesystem::exists(path_ / name); }

  /// The files below, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (entry.is_regular_file()) found.push_back(std::filesystem::relative(entry.path(), path_).string());
    }
    std::ranges::sort(found);
    return found;
  }

 private:
  static std::filesystem::path temporary() { return std::filesystem::temp_directory_path(); }

  std::filesystem::path path_;
};

}  // namespace dmw
