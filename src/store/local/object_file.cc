#include "store/local/object_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/fingerprinter.h"

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t step_bytes = 256U * 1024U;
constexpr std::size_t head_bytes_max = 64U * 1024U;

/// Of a file, its dataset found as the spool finds it.
Result<Fingerprint> fingerprint_of(const File& file, const DatasetLocator& locate) {
  std::vector<std::byte> head(head_bytes_max);
  head.resize(TRY(file.read_at(0, head)));
  Fingerprinter fingerprinter(locate(head));
  TRY(read_range(file, {}, [&](ByteView bytes) -> Result<> {
    fingerprinter.append(bytes);
    return {};
  }));
  return fingerprinter.finish();
}

/// Renames without replacing: 0, or the error number. A file system without RENAME_NOREPLACE gets a link; the name in
/// the spool then goes like that of a copy.
struct Renamed {
  int error_number = 0;
  Placed how = Placed::moved;
};
Renamed rename_to_free(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return {errno, Placed::moved};
  if (::link(from.c_str(), to.c_str()) == 0) return {0, Placed::copied};
  return {errno, Placed::copied};
}

Result<> copy_durably(const fs::path& from, const fs::path& to) {
  const File source = TRY(File::open(from, O_RDONLY | O_NOFOLLOW));
  File copy = TRY(create_file(to, {}));
  TRY(read_range(source, {}, [&](ByteView bytes) { return copy.write_all(bytes); }));
  return copy.sync();
}

/// The object that stands at `target`, where it has the dataset that its key says; otherwise nothing.
Result<std::optional<Fingerprint>> standing_at(const fs::path& target, const Sha256Digest& dataset,
                                               const DatasetLocator& locate) {
  const Result<File> object = open_object(target);
  if (!object && object.error().code == Errc::corrupted) return std::nullopt;
  if (!object) return std::unexpected(object.error());
  Fingerprint found = TRY(fingerprint_of(*object, locate));
  if (found.dataset_sha256 != dataset) return std::nullopt;
  return found;
}

Result<Placement> place_beside(const Put& item, const fs::path& from, const fs::path& target,
                               const DatasetLocator& locate) {
  std::optional<Fingerprint> standing = TRY(standing_at(target, item.dataset_sha256, locate));
  if (standing) return Placement{Placed::same, {std::move(standing)}};
  TRY(rename_file(from, target));
  log::warning("object_healed", "an object had other bytes than its key says and is replaced by what arrived now",
               {{"key", item.key.get()}});
  return Placement{Placed::moved, {}};
}

Result<Placement> place_missing(const Put& item, const fs::path& target, const DatasetLocator& locate) {
  struct stat info{};
  if (::lstat(item.file.c_str(), &info) == 0)
    return fail(Errc::unavailable, "the directory " + target.parent_path().string() + " of the store is gone");
  Result<std::optional<Fingerprint>> there = standing_at(target, item.dataset_sha256, locate);
  if (there && *there) return Placement{Placed::same, {std::move(*there)}};
  if (!there && there.error().code != Errc::not_found) return std::unexpected(there.error());
  return fail(Errc::corrupted, there ? "the spool file is gone, and the object has other bytes than its key says"
                                     : "the spool file is gone, and there is no object");
}

Result<Placement> place_copy(const Put& item, const fs::path& target, const Layout& layout,
                             const DatasetLocator& locate) {
  const fs::path part = layout.temporary();
  auto placed = [&]() -> Result<Placement> {
    TRY(copy_durably(item.file, part));
    const Renamed renamed = rename_to_free(part, target);
    if (renamed.error_number == EEXIST) return place_beside(item, part, target, locate);
    if (renamed.error_number != 0) return fail_errno(renamed.error_number, "rename to " + target.string());
    return Placement{Placed::copied, {}};
  }();
  ::unlink(part.c_str());
  if (placed && placed->how == Placed::moved) placed->how = Placed::copied;
  return placed;
}

}  // namespace

std::unexpected<Error> away(Error error) {
  if (error.code == Errc::internal || error.code == Errc::conflict || error.code == Errc::not_found)
    error.code = Errc::unavailable;
  return std::unexpected(std::move(error));
}

Result<Placement> place(const Put& item, const fs::path& target, const Layout& layout, const DatasetLocator& locate) {
  const Renamed renamed = rename_to_free(item.file, target);
  auto placed = [&]() -> Result<Placement> {
    switch (renamed.error_number) {
      case 0:
        return Placement{renamed.how, {}};
      case EEXIST:
        return place_beside(item, item.file, target, locate);
      case ENOENT:
        return place_missing(item, target, locate);
      case EXDEV:
        // Another file system comes before a missing file: the kernel compares mounts first.
        if (::access(item.file.c_str(), F_OK) != 0 && errno == ENOENT) return place_missing(item, target, locate);
        return place_copy(item, target, layout, locate);
      default:
        return fail_errno(renamed.error_number, "rename to " + target.string());
    }
  }();
  if (placed) return placed;
  return away(std::move(placed.error()));
}

Result<File> open_object(const fs::path& path) {
  // O_NONBLOCK: a pipe under this name must not hold us.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0 && errno == ELOOP) return fail(Errc::corrupted, "a symbolic link stands in place of an object");
  if (descriptor < 0 && errno == ENOENT) return fail(Errc::not_found, "there is no such object");
  if (descriptor < 0) return away(fail_errno(errno, "open an object").error());
  File file(descriptor);
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) return away(fail_errno(errno, "stat of an object").error());
  if (!S_ISREG(info.st_mode)) return fail(Errc::corrupted, "something that is no file stands in place of an object");
  return file;
}

Result<> read_range(const File& file, ByteRange range, const ByteSink& sink) {
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(range.length, step_bytes)));
  while (range.length > 0) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(range.length, buffer.size()));
    Result<std::size_t> got = file.read_at(range.offset, std::span(buffer).first(want));
    if (!got) return away(std::move(got.error()));
    if (*got > 0) TRY(sink(ByteView(buffer).first(*got)));
    if (*got < want) return {};
    range.offset += *got;
    range.length -= *got;
  }
  return {};
}

}  // namespace dmw::store::local
