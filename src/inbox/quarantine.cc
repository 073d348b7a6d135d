#include "inbox/quarantine.h"

#include "base/file.h"
#include "base/format.h"
#include "base/log.h"

namespace dmw::inbox {
namespace {

constexpr std::uint64_t told_max = 20;

/// Nothing is there under it.
std::filesystem::path free_name(const std::filesystem::path& directory, const std::string& name) {
  std::filesystem::path path = directory / name;
  std::error_code untold;
  for (int number = 2; std::filesystem::symlink_status(path, untold).type() != std::filesystem::file_type::not_found;
       ++number) {
    path = directory / format("{}.{}", name, number);
  }
  return path;
}

}  // namespace

void Quarantine::take(const std::filesystem::path& file, std::string_view why) {
  ++count_;
  Result<> moved = make_directories(directory_);
  const std::filesystem::path to = free_name(directory_, file.filename().string());
  if (moved) moved = rename_file(file, to);
  if (count_ > told_max) return;
  if (moved) {
    log::warning(
        "spool_file_quarantined",
        format("{}: {}; moved to {}. If it is a DICOM file that is missing, import it (dicom-middleware import "
               "FILE); otherwise delete it",
               file.string(), why, to.string()));
  } else {
    log::warning("spool_file_strange", format("{}: {}; left there, since it cannot be moved to {} ({})", file.string(),
                                              why, directory_.string(), moved.error().message()));
  }
}

void Quarantine::tell_rest() const {
  if (count_ <= told_max) return;
  log::warning("spool_files_quarantined", format("{} more files of the spool are not what they should be: see {}",
                                                 count_ - told_max, directory_.string()));
}

}  // namespace dmw::inbox
