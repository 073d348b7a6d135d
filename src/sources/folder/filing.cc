#include "sources/folder/filing.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"

namespace dmw::sources {
namespace {

constexpr std::string_view reason_suffix = ".reason.txt";
constexpr int names_max = 100'000;

bool is_there(const std::filesystem::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

std::filesystem::path reason_of(const std::filesystem::path& file) {
  std::filesystem::path reason = file;
  reason += reason_suffix;
  return reason;
}

}  // namespace

Result<std::filesystem::path> Filing::free_name(std::string_view folder, const std::string& relative) const {
  const std::filesystem::path wanted = root_ / folder / relative;
  std::error_code failed;
  std::filesystem::create_directories(wanted.parent_path(), failed);
  if (failed) return fail_errno(failed.value(), "the making of a folder in the watched folder");
  std::filesystem::path name = wanted;
  for (int number = 2; is_there(name) || is_there(reason_of(name)); ++number) {
    if (number > names_max) return fail(Errc::full, "too many files of one name in the watched folder");
    name = wanted.parent_path() / format("{}.{}{}", wanted.stem().string(), number, wanted.extension().string());
  }
  return name;
}

Result<> Filing::prepare() const {
  for (const std::string_view folder : {done_folder, failed_folder}) {
    const std::filesystem::path path = root_ / folder;
    if ((::mkdir(path.c_str(), 0770) != 0 && errno != EEXIST) || ::access(path.c_str(), W_OK) != 0)
      return fail(Errc::unavailable,
                  format("{}/ in WATCH_PATH cannot be written to ({}); WATCH_KEEP=true needs no folders", folder,
                         std::strerror(errno)));
  }
  return {};
}

Result<> Filing::done(const std::string& relative) {
  const std::lock_guard lock(mutex_);
  return move(relative, TRY(free_name(done_folder, relative)));
}

Result<> Filing::failed(const std::string& relative, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path name = TRY(free_name(failed_folder, relative));
  Result<File> text = File::open(reason_of(name), O_WRONLY | O_CREAT | O_EXCL);
  if (!text) return fail(text.error().code, "the reason cannot be written beside the file");
  TRY(text->write_all(as_bytes(reason)));
  TRY(text->write_all(as_bytes("\n")));
  return move(relative, name);
}

Result<> Filing::move(const std::string& relative, const std::filesystem::path& to) const {
  if (::rename((root_ / relative).c_str(), to.c_str()) != 0) return fail_errno(errno, "the move of a file");
  return {};
}

}  // namespace dmw::sources
