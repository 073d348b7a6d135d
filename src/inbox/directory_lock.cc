#include "inbox/directory_lock.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"

namespace dmw::inbox {

Result<File> lock_directory(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "lock";
  File file = TRY(File::open(path, O_RDWR | O_CREAT));
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, "lock " + path.string());
    const std::string holder = TRY(read_text(path, 100));
    return fail(Errc::conflict, format("the inbox {} is in use by process {}; one inbox belongs to one process",
                                       directory.string(), holder.empty() ? "(not yet named)" : holder));
  }
  if (::ftruncate(file.descriptor(), 0) != 0) return fail_errno(errno, "truncate " + path.string());
  TRY(file.write_all(as_bytes(std::to_string(::getpid()))));
  return file;
}

std::optional<std::string> holder_of_directory(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "lock";
  struct stat named{};
  if (::stat(path.c_str(), &named) != 0) return std::nullopt;
  std::string holder = read_text(path, 100).value_or("");
  // "1: FLOCK  ADVISORY  WRITE 4711 fe:01:1234567 0 EOF" (proc(5)). The device number is not compared, because it
  // differs on some file systems.
  const std::string inode = ":" + std::to_string(named.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string mode;
    std::string access;
    std::string process;
    std::string file;
    words >> number >> kind >> mode >> access >> process >> file;
    if (kind == "FLOCK" && process == holder && file.ends_with(inode)) return holder;
  }
  return std::nullopt;
}

Result<> check_lock(const File& held, const std::filesystem::path& directory) {
  const auto away = [](const std::string& what, const std::string& why) {
    return std::unexpected(Error{Errc::unavailable, what, {why}});
  };
  struct stat ours{};
  struct stat named{};
  if (::fstat(held.descriptor(), &ours) != 0)
    return away("the disk of the inbox does not respond", std::strerror(errno));
  if (::stat((directory / "lock").c_str(), &named) != 0) {
    const int why = errno;
    return away(
        "the inbox folder in INBOX_PATH has disappeared: is its volume mounted? No file is accepted until it is back",
        "the look at " + (directory / "lock").string() + ": " + std::strerror(why));
  }
  if (ours.st_dev == named.st_dev && ours.st_ino == named.st_ino) return {};
  return away("the folder in INBOX_PATH is no longer the inbox that was opened: mount its volume again, or restart",
              "the look at " + (directory / "lock").string());
}

}  // namespace dmw::inbox
