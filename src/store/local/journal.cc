#include "store/local/journal.h"

#include <cctype>
#include <cerrno>

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "base/format.h"

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;

/// The kernel thread of the journal has a number; without a journal there is "<none>".
bool has_journal(dev_t device) {
  std::error_code error;
  const fs::path block = fs::read_symlink(format("/sys/dev/block/{}:{}", major(device), minor(device)), error);
  if (error) return false;
  const Result<std::string> task = read_text("/sys/fs/ext4" / block.filename() / "journal_task", 64);
  return task && !task->empty() && std::isdigit(static_cast<unsigned char>(task->front())) != 0;
}

}  // namespace

Result<bool> keeps_order_of_names(const fs::path& path) {
  constexpr long xfs_magic = 0x58465342;
  struct statfs system{};
  struct stat info{};
  if (::statfs(path.c_str(), &system) != 0) return fail_errno(errno, "statfs " + path.string());
  if (::stat(path.c_str(), &info) != 0) return fail_errno(errno, "stat " + path.string());
  if (system.f_type == xfs_magic) return true;
  return system.f_type == EXT4_SUPER_MAGIC && has_journal(info.st_dev);
}

}  // namespace dmw::store::local
