#include "inbox/quarantine.h"

#include <cerrno>

#include <sys/stat.h>

#include "base/file.h"
#include "base/format.h"
#include "base/log.h"

namespace dmw::inbox {
namespace {

constexpr std::uint64_t told_max = 20;

constexpr std::size_t name_bytes_max = 255;
constexpr int names_max = 10'000;

/// A path in `directory` that does not exist: `name`, with a number if needed; a name that becomes too long is
/// shortened.
Result<std::filesystem::path> free_name(const std::filesystem::path& directory, const std::string& name) {
  for (int number = 1; number <= names_max; ++number) {
    const std::string suffix = number > 1 ? format(".{}", number) : "";
    std::filesystem::path path = directory / (name.substr(0, name_bytes_max - suffix.size()) + suffix);
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0) continue;
    if (errno == ENOENT) return path;
    return fail_errno(errno, "look for " + path.string());
  }
  return fail(Errc::full, "too many files of one name");
}

Result<std::filesystem::path> move_into(const std::filesystem::path& directory, const std::filesystem::path& file) {
  TRY(make_directories(directory));
  std::filesystem::path to = TRY(free_name(directory, file.filename().string()));
  TRY(rename_file(file, to));
  return to;
}

}  // namespace

void Quarantine::take(const std::filesystem::path& file, std::string_view why) {
  ++count_;
  const Result<std::filesystem::path> moved = move_into(directory_, file);
  if (count_ > told_max) return;
  if (moved) {
    log::warning("spool_file_quarantined",
                 format("{}: {}; moved to {}. If it is a DICOM file that is missing in the catalog, import it "
                        "(dicom-middleware import FILE); otherwise delete it",
                        file.string(), why, moved->string()));
  } else {
    log::warning("spool_file_strange", format("{}: {}; left there, since it cannot be moved to {} ({})", file.string(),
                                              why, directory_.string(), moved.error().message()));
  }
}

void Quarantine::tell_rest() const {
  if (count_ <= told_max) return;
  log::warning("spool_files_quarantined",
               format("{} more files of the spool have wrong content: see {}", count_ - told_max, directory_.string()));
}

}  // namespace dmw::inbox
