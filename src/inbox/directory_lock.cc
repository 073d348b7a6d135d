#include "inbox/directory_lock.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
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

}  // namespace dmw::inbox
