#include "app/process_metrics.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "app/version.h"
#include "base/clock.h"

namespace dmw::app {
namespace {

/// Fields of /proc/self/stat (proc(5)).
struct Stat {
  double cpu_ticks = 0;
  double start_ticks = 0;  // since the machine started
  double virtual_bytes = 0;
  double resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field is the name of the program in parentheses, which may contain any character.
  const std::size_t name_end = text.rfind(')');
  if (name_end == text.npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int first = 3;  // the number of the field behind the name
  Stat stat;
  std::string field;
  fields >> field;  // the state, a letter
  for (int number = first + 1; number <= 24; ++number) {
    double value = 0;
    if (!(fields >> value)) return std::nullopt;
    if (number == 14 || number == 15) stat.cpu_ticks += value;
    if (number == 22) stat.start_ticks = value;
    if (number == 23) stat.virtual_bytes = value;
    if (number == 24) stat.resident_pages = value;
  }
  return stat;
}

double ticks_a_second() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Seconds since 1970.
double start_time(const Stat& stat) {
  timespec up{};
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  const double up_seconds = static_cast<double>(up.tv_sec) + static_cast<double>(up.tv_nsec) / 1e9;
  return static_cast<double>(SystemClock().now()) / 1e6 - up_seconds + stat.start_ticks / ticks_a_second();
}

std::optional<double> count_open_fds() {
  std::error_code failed;
  std::filesystem::directory_iterator entries("/proc/self/fd", failed);
  double count = 0;
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) ++count;
  if (failed) return std::nullopt;
  return count - 1;  // one descriptor was that of the folder
}

}  // namespace

ProcessMetrics::ProcessMetrics(Metrics& metrics)
    : cpu_seconds_(metrics.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds")),
      resident_bytes_(metrics.gauge("process_resident_memory_bytes", "Resident memory size in bytes")),
      virtual_bytes_(metrics.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes")),
      open_fds_(metrics.gauge("process_open_fds", "Number of open file descriptors")),
      max_fds_(metrics.gauge("process_max_fds", "Maximum number of open file descriptors")),
      start_time_(
          metrics.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds")) {
  metrics
      .gauge("dicom_middleware_build_info", "Which build this is; always 1",
             {{"version", version_number()}, {"commit", commit()}})
      .set(1);
  if (const std::optional<Stat> stat = read_stat()) start_time_.set(start_time(*stat));
}

void ProcessMetrics::refresh() {
  if (const std::optional<Stat> stat = read_stat()) {
    const double cpu_seconds = stat->cpu_ticks / ticks_a_second();
    {
      const std::scoped_lock lock(mutex_);
      if (cpu_seconds > cpu_seconds_.value()) cpu_seconds_.add(cpu_seconds - cpu_seconds_.value());
    }
    resident_bytes_.set(stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    virtual_bytes_.set(stat->virtual_bytes);
  }
  if (const std::optional<double> open = count_open_fds()) open_fds_.set(*open);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) max_fds_.set(static_cast<double>(limit.rlim_cur));
}

}  // namespace dmw::app
