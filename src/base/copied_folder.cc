#include "base/copied_folder.h"

#include <array>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/format.h"

namespace dmw {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t look_every_bytes = 64U << 20U;
constexpr std::size_t copy_bytes = 1U << 20U;

/// Of a path that ends in '/', too.
fs::path without_slash(const fs::path& path) {
  return path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
}

Result<> check_nothing_there(const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (status.type() == fs::file_type::not_found) return {};
  if (failed) return fail_errno(failed.value(), "the reading of " + path.string());
  if (status.type() != fs::file_type::directory)
    return fail(Errc::conflict, path.string() + " is a file: name a new folder");
  const bool empty = fs::is_empty(path, failed);
  if (failed) return fail_errno(failed.value(), "the reading of " + path.string());
  if (!empty) return fail(Errc::conflict, path.string() + " is not empty: name a new folder");
  return {};
}

Result<> read_all(const File& from, const CopiedFolder::Sink& sink) {
  std::vector<std::byte> buffer(copy_bytes);
  for (std::uint64_t at = 0;;) {
    const std::size_t got = TRY(from.read_at(at, buffer));
    if (got == 0) return {};
    TRY(sink(ByteView(buffer).first(got)));
    at += got;
  }
}

}  // namespace

CopiedFolder::CopiedFolder(fs::path path, Room room)
    : path_(std::move(path)), unfinished_(path_.string() + ".unfinished"), room_(std::move(room)) {}

CopiedFolder::CopiedFolder(CopiedFolder&& other) noexcept
    : path_(std::move(other.path_)),
      unfinished_(std::exchange(other.unfinished_, fs::path())),
      room_(std::move(other.room_)),
      since_look_bytes_(other.since_look_bytes_),
      sums_(std::move(other.sums_)) {}

CopiedFolder::~CopiedFolder() {
  if (unfinished_.empty()) return;
  std::error_code untold;
  fs::remove_all(unfinished_, untold);
}

Result<CopiedFolder> CopiedFolder::begin(const fs::path& path, Room room) {
  const fs::path target = without_slash(path);
  TRY(check_nothing_there(target));
  CopiedFolder folder(target, std::move(room));
  std::error_code failed;
  if (!fs::create_directory(folder.unfinished_, failed)) {
    const fs::path left = std::exchange(folder.unfinished_, fs::path());  // not ours to remove
    if (failed) return fail_errno(failed.value(), "the making of " + left.string());
    return fail(Errc::conflict,
                format("{} exists: an earlier copy ended too early, or still runs. Remove it when no other copy runs",
                       left.string()));
  }
  fs::permissions(folder.unfinished_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec, failed);
  if (failed) return fail_errno(failed.value(), "the making of " + folder.unfinished_.string());
  folder.sums_ = TRY(dmw::File::open(folder.unfinished_ / "SHA256SUMS", O_WRONLY | O_CREAT | O_EXCL));
  return folder;
}

Result<fs::path> CopiedFolder::place(const fs::path& name) {
  fs::path path = unfinished_ / name;
  TRY(make_directories(path.parent_path()));
  return path;
}

Result<> CopiedFolder::look_at_room(std::uint64_t bytes) {
  since_look_bytes_ += bytes;
  if (since_look_bytes_ < look_every_bytes) return {};
  since_look_bytes_ = 0;
  return room_();
}

Result<CopiedFolder::File> CopiedFolder::write(const fs::path& name, const Source& source) {
  const fs::path path = TRY(place(name));
  dmw::File out = TRY(dmw::File::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW));
  File written{name, 0, {}};
  Sha256 digest;
  const Result<> filled = source([&](ByteView bytes) -> Result<> {
    TRY(look_at_room(bytes.size()));
    digest.update(bytes);
    written.size_bytes += bytes.size();
    if (const Result<> put = out.write_all(bytes); !put) return during(put.error(), "the writing of " + path.string());
    return {};
  });
  if (!filled) {
    ::unlink(path.c_str());
    return std::unexpected(filled.error());
  }
  written.sha256 = digest.finish();
  return written;
}

Result<CopiedFolder::File> CopiedFolder::copy(const fs::path& name, const fs::path& from) {
  const dmw::File source = TRY(dmw::File::open(from, O_RDONLY | O_NOFOLLOW));
  return write(name, [&](const Sink& sink) -> Result<> {
    if (Result<> read = read_all(source, sink); !read) return during(read.error(), "the copy of " + from.string());
    return {};
  });
}

Result<CopiedFolder::File> CopiedFolder::measure(const fs::path& name) {
  const dmw::File file = TRY(dmw::File::open(unfinished_ / name, O_RDONLY | O_NOFOLLOW));
  File measured{name, 0, {}};
  Sha256 digest;
  TRY(read_all(file, [&](ByteView bytes) -> Result<> {
    digest.update(bytes);
    measured.size_bytes += bytes.size();
    return {};
  }));
  measured.sha256 = digest.finish();
  return measured;
}

Result<> CopiedFolder::remove(const fs::path& name) {
  if (::unlink((unfinished_ / name).c_str()) != 0) return fail_errno(errno, "the removal of " + name.string());
  return {};
}

Result<> CopiedFolder::list(const File& file) {
  return sums_.write_all(as_bytes(format("{}  {}\n", file.sha256.hex(), file.name.string())));
}

Result<> CopiedFolder::finish() {
  TRY(sync_file_system(unfinished_));
  // Empty, as it was at the beginning; a folder that was filled since refuses.
  if (const Result<> named = rename_file(unfinished_, path_); !named)
    return during(named.error(), format("renaming the folder to {}", path_.string()));
  unfinished_.clear();
  const fs::path parent = path_.has_parent_path() ? path_.parent_path() : ".";
  return sync_directory(parent);
}

}  // namespace dmw
