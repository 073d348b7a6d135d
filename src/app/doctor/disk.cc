#include "app/doctor/disk.h"

#include <string>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/format.h"
#include "base/uuid.h"

namespace dmw::app::doctor {

namespace fs = std::filesystem;

fs::path nearest_folder(const fs::path& folder) {
  std::error_code untold;  // an error counts as missing
  fs::path nearest = fs::absolute(folder, untold).lexically_normal();
  while (!fs::is_directory(nearest, untold) && nearest.has_relative_path()) nearest = nearest.parent_path();
  return nearest;
}

Result<std::chrono::duration<double>> try_writing(const fs::path& folder) {
  const fs::path path = folder / (".doctor-" + Uuid::random().text());
  File file = TRY(File::open(path, O_WRONLY | O_CREAT | O_EXCL));
  const auto measure = [&]() -> Result<std::chrono::duration<double>> {
    TRY(file.write_all(as_bytes(std::string(4096, 'x'))));
    const auto began = std::chrono::steady_clock::now();
    TRY(file.sync());
    return std::chrono::steady_clock::now() - began;
  };
  const Result<std::chrono::duration<double>> took = measure();
  std::error_code untold;
  fs::remove(path, untold);
  return took;
}

std::string if_not_written(const Error& why, const std::string& what) {
  if (why.code == Errc::full) return "free space on that disk";
  return "make " + what + " writable for this user";
}

std::string writable_words(std::chrono::duration<double> sync) {
  return format("writable, fsync {:.1f} ms", sync.count() * 1e3);
}

bool same_file_system(const fs::path& one, const fs::path& other) {
  struct stat first{};
  struct stat second{};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 && first.st_dev == second.st_dev;
}

}  // namespace dmw::app::doctor
