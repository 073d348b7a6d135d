// A private folder of a test; the destructor removes it.
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

/// `folder / "name"` is a path below it; the folder converts to its own path.
class ScratchFolder {
 public:
  /// In memory if possible, because thousands of fsyncs are slow on a disk.
  ScratchFolder() : ScratchFolder(std::filesystem::exists("/dev/shm") ? "/dev/shm" : temporary()) {}
  explicit ScratchFolder(const std::filesystem::path& parent) {
    std::string name = (parent / "dmw-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made in " + parent.string());
    path_ = std::filesystem::canonical(name);
  }
  /// In the folder for temporary files: for tests that examine the disk, and for servers.
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

  /// Also creates the folders above it. Returns the path of the file.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view bytes) const {
    write_file(path_ / name, bytes);
    return path_ / name;
  }
  std::string read(const std::filesystem::path& name) const { return read_file(path_ / name); }
  bool has(const std::filesystem::path& name) const { return std::filesystem::exists(path_ / name); }

  /// The files below it, sorted.
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
