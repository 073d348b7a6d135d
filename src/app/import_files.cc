#include "app/import_files.h"

#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/format.h"
#include "dicom/byte_source.h"
#include "sources/files/file_kind.h"
#include "sources/files/folder_tree.h"
#include "sources/files/tree_walk.h"
#include "sources/files/zip_reader.h"

namespace dmw::app {
namespace {

using sources::FileKind;

constexpr std::size_t head_bytes = 64U << 10U;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<FileKind> kind_of(const File& file) {
  std::vector<std::byte> head(head_bytes);
  const std::size_t got = TRY(file.read_at(0, head));
  return sources::kind_of(ByteView(head).first(got));
}

/// A temporary file without a name: it disappears with its last descriptor.
Result<File> temporary_file() {
  std::error_code ignored;
  std::string name = (std::filesystem::temp_directory_path(ignored) / "dicom-middleware.XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return fail_errno(errno, "a temporary file");
  ::unlink(name.c_str());
  return File(descriptor);
}

}  // namespace

Result<> ImportFiles::each(const std::stop_token& stop, const Take& take) {
  for (const std::string& path : paths_) {
    if (stop.stop_requested()) return {};
    TRY(offer_path(path, stop, take));
  }
  return {};
}

Result<> ImportFiles::offer_path(const std::string& path, const std::stop_token& stop, const Take& take) {
  if (is_folder(path)) return offer_folder(path, stop, take);
  return offer_file(path, File::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY), true, take);
}

Result<> ImportFiles::offer_folder(const std::string& path, const std::stop_token& stop, const Take& take) {
  const auto below = [&](const std::string& relative) { return (std::filesystem::path(path) / relative).string(); };
  const Result<sources::FolderTree> tree = sources::FolderTree::open(path);
  if (!tree) return failed(path, tree.error().message());
  sources::TreeWalk walk(*tree);
  while (!stop.stop_requested()) {
    const Result<std::optional<sources::FoundFile>> found = walk.next();
    if (!found) {
      TRY(failed(below(walk.at()), found.error().message()));
      continue;
    }
    if (!*found) return {};
    const std::string& relative = (*found)->relative;
    TRY(offer_file(below(relative), tree->file(relative), false, take));
  }
  return {};
}

Result<> ImportFiles::offer_file(const std::string& path, Result<File> file, bool named, const Take& take) {
  if (!file) return failed(path, file.error().message());
  const Result<sources::FileStamp> stamp = sources::stamp_of(file->descriptor());
  if (!stamp) return failed(path, stamp.error().message());
  const Result<FileKind> kind = kind_of(*file);
  if (!kind) return failed(path, kind.error().message());
  switch (*kind) {
    case FileKind::dicom:
      return take({path, *std::move(file), stamp->size_bytes});
    case FileKind::zip:
      return offer_archive(path, *std::move(file), stamp->size_bytes, take);
    case FileKind::dicomdir:
      tally_.add(FileEnding::dicomdir, path, 0);
      return {};
    case FileKind::other:
      break;
  }
  if (named) return failed(path, "this is neither a DICOM file nor a zip archive");
  tally_.add(FileEnding::not_dicom, path, 0);
  return {};
}

Result<> ImportFiles::offer_archive(const std::string& path, File file, std::uint64_t size_bytes, const Take& take) {
  dicom::FileSource source(file, size_bytes);
  Result<sources::ZipReader> archive = sources::ZipReader::open(source);
  if (!archive) return failed(path, archive.error().message());
  while (true) {
    const Result<std::optional<sources::ZipEntry>> entry = archive->next();
    if (!entry) return failed(path, entry.error().message());
    if (!*entry) return {};
    const std::string name = format("{}: {}", path, (*entry)->name);
    ImportFile unpacked{name, TRY(temporary_file())};
    const Result<> read = archive->read([&](ByteView bytes) {
      unpacked.size_bytes += bytes.size();
      return unpacked.file.write_all(bytes);
    });
    if (!read) {
      TRY(failed(name, read.error().message()));
      continue;
    }
    const FileKind kind = TRY(kind_of(unpacked.file));
    if (kind == FileKind::dicom)
      TRY(take(std::move(unpacked)));
    else
      tally_.add(kind == FileKind::dicomdir ? FileEnding::dicomdir : FileEnding::not_dicom, name, 0);
  }
}

Result<> ImportFiles::failed(const std::string& name, const std::string& reason) {
  tally_.add(FileEnding::failed, name, 0, reason);
  return {};
}

std::uint64_t count_files(const std::vector<std::string>& paths, const std::stop_token& stop) {
  std::uint64_t files = 0;
  for (const std::string& path : paths) {
    if (!is_folder(path)) {
      ++files;
      continue;
    }
    const Result<sources::FolderTree> tree = sources::FolderTree::open(path);
    if (!tree) continue;
    sources::TreeWalk walk(*tree);
    while (!stop.stop_requested()) {
      const Result<std::optional<sources::FoundFile>> found = walk.next();
      if (!found) continue;
      if (!*found) break;
      ++files;
    }
  }
  return files;
}

}  // namespace dmw::app
