#include "base/file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace dmw {

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (is_open()) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

File::~File() {
  if (is_open()) ::close(descriptor_);
}

Result<File> File::open(const std::filesystem::path& path, int flags, unsigned mode) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (descriptor < 0) return fail_errno(errno, "open " + path.string());
  return File(descriptor);
}

Result<> File::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, "write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> File::write_at(std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, "write");
    }
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, "read");
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<std::uint64_t> File::size() const {
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  if (end < 0) return fail_errno(errno, "seek");
  return static_cast<std::uint64_t>(end);
}

Result<> File::sync() {
  if (::fsync(descriptor_) != 0) return fail_errno(errno, "fsync");
  return {};
}

Result<> sync_directory(const std::filesystem::path& directory) {
  File file = TRY(File::open(directory, O_RDONLY | O_DIRECTORY));
  return file.sync();
}

Result<> sync_file_system(const std::filesystem::path& path) {
  const File file = TRY(File::open(path, O_RDONLY));
  if (::syncfs(file.descriptor()) != 0) return fail_errno(errno, "syncfs");
  return {};
}

Result<> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return fail_errno(errno, "rename " + from.string() + " to " + to.string());
  return {};
}

Result<> make_directories(const std::filesystem::path& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return fail_errno(error.value(), "make directory " + directory.string());
  if (made) {
    std::filesystem::permissions(directory, std::filesystem::perms::others_all, std::filesystem::perm_options::remove,
                                 error);
    if (error) return fail_errno(error.value(), "permissions of " + directory.string());
  }
  return {};
}

Result<std::string> read_text(const std::filesystem::path& path, std::size_t limit_bytes) {
  const File file = TRY(File::open(path, O_RDONLY));
  std::string text;
  std::byte buffer[16384];
  while (true) {
    const std::size_t got = TRY(file.read_at(text.size(), buffer));
    if (got == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer), got);
    if (text.size() > limit_bytes) return fail(Errc::too_large, path.string() + " is larger than expected");
  }
}

Result<std::uint64_t> free_bytes(const std::filesystem::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return fail_errno(errno, "statvfs " + path.string());
  // Where inodes are counted and gone, no free block helps.
  if (info.f_files > 0 && info.f_favail == 0) return 0;
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace dmw
