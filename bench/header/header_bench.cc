// P10: header to typed fields, in memory, beside DCMTK's readUntilTag on the same bytes in the same run.
//
// usage: header_bench FILE…
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>

#include "base/file.h"
#include "dcmtk_walk.h"
#include "dicom/dicom_json.h"
#include "dicom/read_attributes.h"

namespace dmw::bench {
namespace {

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

/// CPU time of this thread, as microseconds a call, the best of five rounds of about 20 ms: other load on the machine
/// disturbs it little.
template <typename Act>
double microseconds(Act act) {
  double best = 1e12;
  for (int round = 0; round < 5; ++round) {
    std::size_t calls = 0;
    const double begin = cpu_microseconds();
    double spent = 0;
    do {
      for (int i = 0; i < 8; ++i) act();
      calls += 8;
      spent = cpu_microseconds() - begin;
    } while (spent < 20e3);
    best = std::min(best, spent / static_cast<double>(calls));
  }
  return best;
}

struct Sum {
  double log_ratio = 0;
  double ours = 0;
  double peer = 0;
  double lowest = 1e12;
  std::size_t files = 0;
};

void print(const std::string& name, const Sum& sum) {
  const auto files = static_cast<double>(sum.files);
  std::printf("%-26s %5zu files  ours %7.2f us  DCMTK %8.2f us  ratio %5.1f  lowest %5.1f\n", name.c_str(), sum.files,
              sum.ours / files, sum.peer / files, std::exp(sum.log_ratio / files), sum.lowest);
}

int run(const std::vector<std::string>& paths) {
  std::map<std::string, Sum> by_syntax;
  Sum all;
  double json_us = 0;
  for (const std::string& path : paths) {
    const Result<std::string> bytes = read_text(path, 512U << 20U);
    if (!bytes) continue;
    dicom::MemorySource source(as_bytes(*bytes));
    const Result<Attributes> read = dicom::read_attributes(source);
    if (!read) continue;
    double peer = 0;
#ifdef DMW_BENCH_DCMTK
    if (!dcmtk_reads_until_pixel_data(as_bytes(*bytes))) continue;
    peer = microseconds([&] { dcmtk_reads_until_pixel_data(as_bytes(*bytes)); });
#endif
    const double ours = microseconds([&] { static_cast<void>(dicom::read_attributes(source)); });
    json_us += microseconds([&] {
      const Result<dicom::Header> header = dicom::read_header(source, 16U << 20U);
      if (header) static_cast<void>(dicom::to_dicom_json(source, *header));
    });
    for (Sum* sum : {&by_syntax[read->transfer_syntax], &all}) {
      sum->ours += ours;
      sum->peer += peer;
      sum->log_ratio += std::log(std::max(peer, 1e-9) / ours);
      sum->lowest = std::min(sum->lowest, peer / ours);
      ++sum->files;
    }
  }
  if (all.files == 0) return 1;
  for (const auto& [syntax, sum] : by_syntax) print(syntax, sum);
  print("all (ratio: geometric mean)", all);
  std::printf("whole header as DICOM JSON: %.2f us\n", json_us / static_cast<double>(all.files));
  return 0;
}

}  // namespace
}  // namespace dmw::bench

int main(int argc, char** argv) {
  return dmw::bench::run({argv + 1, argv + argc});
}
