#include "store/local/object_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own_storage.h"
#include "store/fingerprinter.h"

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t step_bytes = 256U * 1024U;

/// Creates a second name of the same file, replacing an existing file in one step.
Result<> link_over(const fs::path& from, const fs::path& part, const fs::path& target) {
  if (::link(from.c_str(), part.c_str()) != 0) return fail_errno(errno, "link to " + part.string());
  return rename_file(part, target);
}

/// Not every file system has hard links, and none has them to another one.
bool needs_copy(int error_number) {
  return error_number == EXDEV || error_number == EPERM || error_number == EOPNOTSUPP || error_number == ENOSYS ||
         error_number == EMLINK;
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
  Result<Fingerprint> found = fingerprint_of(*object, locate);
  if (!found) return away(std::move(found.error()));
  if (found->dataset_sha256 != dataset) return std::nullopt;
  return *std::move(found);
}

Placement same(Fingerprint standing) {
  return {Placed::same, {std::move(standing)}};
}

void tell_healed(const Put& item) {
  log::warning("object_healed",
               "an object did not have the bytes that its key promises; it was replaced by the file that arrived now",
               {{"key", item.key.get()}});
}

Result<Placement> place_missing(const Put& item, const fs::path& target, const DatasetLocator& locate) {
  struct stat info{};
  if (::lstat(item.file.c_str(), &info) == 0)
    return fail(Errc::unavailable, "the directory " + target.parent_path().string() + " of the store is gone");
  Result<std::optional<Fingerprint>> there = standing_at(target, item.dataset_sha256, locate);
  if (there && *there) return same(**std::move(there));
  if (!there && there.error().code != Errc::not_found) return std::unexpected(there.error());
  return fail(Errc::corrupted,
              there ? "the spool file is gone, and the object does not have the bytes that its key promises"
                    : "the spool file is gone, and there is no object");
}

/// Something stands under the name of the object.
Result<Placement> place_beside(const Put& item, const fs::path& part, const fs::path& target,
                               const DatasetLocator& locate) {
  if (std::optional<Fingerprint> standing = TRY(standing_at(target, item.dataset_sha256, locate)))
    return same(*std::move(standing));
  struct stat file{};
  struct stat object{};
  if (::lstat(item.file.c_str(), &file) == 0 && ::lstat(target.c_str(), &object) == 0 && file.st_dev == object.st_dev &&
      file.st_ino == object.st_ino)
    return fail(Errc::corrupted, "the file of the object changed after it was kept");
  TRY(link_over(item.file, part, target));
  tell_healed(item);
  return Placement();
}

/// Gives `part` the name of the object where that is free: 0, or the error number. Another replica may be doing the
/// same.
int rename_to_free(const fs::path& part, const fs::path& target) {
  if (::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::link(part.c_str(), target.c_str()) == 0 ? 0 : errno;
}

/// The copy is durable before it gets its name.
Result<Placement> place_copy(const Put& item, const fs::path& part, const fs::path& target,
                             const DatasetLocator& locate) {
  const auto look = [&]() -> Result<std::optional<Fingerprint>> {
    Result<std::optional<Fingerprint>> standing = standing_at(target, item.dataset_sha256, locate);
    if (!standing && standing.error().code == Errc::not_found) return std::nullopt;
    return standing;
  };
  if (std::optional<Fingerprint> standing = TRY(look())) return same(*std::move(standing));
  TRY(copy_durably(item.file, part));
  const int why = rename_to_free(part, target);
  if (why == 0) return Placement();
  if (why != EEXIST) return fail_errno(why, "rename to " + target.string());
  if (std::optional<Fingerprint> standing = TRY(look())) return same(*std::move(standing));
  TRY(rename_file(part, target));
  tell_healed(item);
  return Placement();
}

}  // namespace

std::unexpected<Error> away(Error error) {
  // These are of the bytes, or of a call, and not of the disk.
  const bool stays = error.code == Errc::corrupted || error.code == Errc::invalid || error.code == Errc::cancelled;
  if (stays) return std::unexpected(std::move(error));
  return own_storage_error(std::move(error), "the store");
}

Result<Placement> place(const Put& item, const fs::path& target, const Layout& layout, const DatasetLocator& locate) {
  const auto placed = [&]() -> Result<Placement> {
    if (::link(item.file.c_str(), target.c_str()) == 0) return Placement();
    const int why = errno;
    // Another file system comes before a missing file: the kernel compares mounts first.
    const bool is_missing =
        why == ENOENT || (needs_copy(why) && ::access(item.file.c_str(), F_OK) != 0 && errno == ENOENT);
    if (is_missing) return place_missing(item, target, locate);
    if (why != EEXIST && !needs_copy(why)) return fail_errno(why, "link to " + target.string());
    const fs::path part = layout.temporary();
    Result<Placement> done =
        needs_copy(why) ? place_copy(item, part, target, locate) : place_beside(item, part, target, locate);
    ::unlink(part.c_str());
    return done;
  }();
  if (placed) return placed;
  return away(placed.error());
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
