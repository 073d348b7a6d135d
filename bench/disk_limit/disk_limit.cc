// How fast a disk takes whole files that survive a power cut, with nothing else to do: each is created, written, synced
// and renamed into another folder, and with `folder` that folder is synced too. Prints one JSON object.
//
// usage: disk_limit FOLDER THREADS FILES BYTES file|folder
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

struct Plan {
  std::filesystem::path folder;
  std::uint64_t files = 0;
  std::size_t bytes = 0;
  bool sync_folder = false;
};

struct Sum {
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> failed{0};
};

std::vector<char> noise(std::size_t bytes) {
  std::vector<char> made(bytes);
  std::minstd_rand dice(3);
  for (char& byte : made) byte = static_cast<char>(dice());
  return made;
}

bool write_all(int file, const std::vector<char>& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t wrote = write(file, bytes.data() + at, bytes.size() - at);
    if (wrote <= 0) return false;
    at += static_cast<std::size_t>(wrote);
  }
  return true;
}

bool keep(const std::filesystem::path& part, const std::filesystem::path& target, const std::vector<char>& bytes) {
  const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return false;
  const bool synced = write_all(file, bytes) && fsync(file) == 0;
  return close(file) == 0 && synced && std::rename(part.c_str(), target.c_str()) == 0;
}

/// A folder of its own for each thread: they wait for the disk and not for each other.
void keep_files(const Plan& plan, int thread, Sum& sum) {
  const std::filesystem::path spool = plan.folder / ("spool" + std::to_string(thread));
  const std::filesystem::path kept = plan.folder / ("kept" + std::to_string(thread));
  std::filesystem::create_directories(spool);
  std::filesystem::create_directories(kept);
  const int folder = open(kept.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::vector<char> bytes = noise(plan.bytes);
  for (std::uint64_t i = sum.next++; i < plan.files; i = sum.next++) {
    const std::string name = std::to_string(i);
    if (!keep(spool / name, kept / name, bytes) || (plan.sync_folder && fsync(folder) != 0)) ++sum.failed;
  }
  close(folder);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: disk_limit FOLDER THREADS FILES BYTES file|folder\n", stderr);
    return 2;
  }
  Plan plan;
  plan.folder = argv[1];
  plan.files = std::strtoull(argv[3], nullptr, 10);
  plan.bytes = std::strtoull(argv[4], nullptr, 10);
  plan.sync_folder = std::string_view(argv[5]) == "folder";
  Sum sum;
  const auto begin = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < std::atoi(argv[2]); ++i) threads.emplace_back([&plan, i, &sum] { keep_files(plan, i, sum); });
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  std::printf("{\"files\": %llu, \"failed\": %llu, \"seconds\": %.6f}\n", static_cast<unsigned long long>(plan.files),
              static_cast<unsigned long long>(sum.failed), spent.count());
  return sum.failed == 0 ? 0 : 1;
}
