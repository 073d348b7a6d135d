#include "sources/folder/mount_point.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"

namespace dmw::sources {
namespace {

constexpr std::uint64_t note_bytes_max = 16'384;

struct Mount {
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint64_t number = 0;  // 0 before Linux 5.8; a bind mount within the same file system is then not recognised
  bool operator==(const Mount&) const = default;
};

Result<Mount> mount_of(const std::filesystem::path& path) {
  struct statx status{};
  if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) != 0)
    return fail_errno(errno, "statx of a folder");
  const bool numbered = (status.stx_mask & STATX_MNT_ID) != 0;
  return Mount{status.stx_dev_major, status.stx_dev_minor, numbered ? status.stx_mnt_id : 0};
}

}  // namespace

Result<std::filesystem::path> mount_point_of(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::path at = std::filesystem::canonical(path, failed);
  if (failed) return fail_errno(failed.value(), "the resolving of a path");
  const Mount mount = TRY(mount_of(at));
  while (at.has_relative_path()) {
    const Result<Mount> above = mount_of(at.parent_path());
    if (!above || *above != mount) break;
    at = at.parent_path();
  }
  return at;
}

Result<MountNote> read_mount_note(const std::filesystem::path& file) {
  if (file.empty()) return MountNote();
  const Result<std::string> text = read_text(file, note_bytes_max);
  if (!text && (text.error().code == Errc::not_found || text.error().code == Errc::too_large)) return MountNote();
  if (!text) return std::unexpected(text.error());
  // Each path ends with NUL, the only byte that a path cannot contain. A note that was cut off is ignored.
  const std::size_t first = text->find('\0');
  if (first == std::string::npos || text->find('\0', first + 1) != text->size() - 1) return MountNote();
  return MountNote{text->substr(0, first), text->substr(first + 1, text->size() - first - 2)};
}

Result<> write_mount_note(const std::filesystem::path& file, const MountNote& note) {
  std::filesystem::path next = file;
  next += ".next";
  File written = TRY(File::open(next, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW));
  TRY(written.write_all(as_bytes(note.folder.string() + '\0' + note.mount_point.string() + '\0')));
  TRY(written.sync());
  TRY(rename_file(next, file));
  return sync_directory(file.parent_path());
}

bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace dmw::sources
