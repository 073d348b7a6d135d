// Stores by C-STORE as fast as the peer takes it: what it sends lies in memory before the clock starts.
//
// usage: c_store many PORT CALLED_AE ASSOCIATIONS STUDIES INSTANCES PAUSE_MS PATTERN_FILE [TRACE_FILE]
//          STUDIES of INSTANCES each, all different and made of one file; an association takes a study at a time and
//          pauses after each instance. Prints one JSON object. TRACE_FILE gets a line for each instance: its study and
//          the seconds of CLOCK_MONOTONIC when its first byte went.
//        c_store files PORT CALLED_AE ASSOCIATIONS FILE…
//          Prints the path of each file as it is answered with 0000.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "line.h"
#include "pattern.h"

namespace dmw::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t file_bytes_max = 64U << 20U;

struct Peer {
  std::uint16_t port = 0;
  std::string called_ae;
  int associations = 0;
};

/// What all associations add to. Any thread.
class Tally {
 public:
  void answered(double seconds, ul::Status status) {
    const std::lock_guard lock(mutex_);
    latencies_.push_back(seconds);
    if (status != ul::Status::success) ++refused_;
  }
  void broke(const Error& error) {
    const std::lock_guard lock(mutex_);
    ++broken_;
    std::fprintf(stderr, "%s\n", error.message().c_str());
  }
  bool good() const { return refused_ == 0 && broken_ == 0; }

  void print(double seconds) {
    std::ranges::sort(latencies_);
    const auto at = [&](double part) {
      if (latencies_.empty()) return 0.0;
      return latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))] * 1e3;
    };
    std::printf(
        "{\"instances\": %zu, \"refused\": %zu, \"broken\": %zu, \"seconds\": %.6f, \"per_second\": %.1f, "
        "\"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
        latencies_.size(), refused_, broken_, seconds, static_cast<double>(latencies_.size()) / seconds, at(0.50),
        at(0.95), at(0.99), at(1.0));
  }

 private:
  std::mutex mutex_;
  std::vector<double> latencies_;
  std::size_t refused_ = 0;
  std::size_t broken_ = 0;
};

/// Each association in a thread of its own, until all have ended.
void side_by_side(const Peer& peer, Tally& tally, const std::function<Result<>()>& act) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < peer.associations; ++i) {
    threads.emplace_back([&] {
      if (const Result<> done = act(); !done) tally.broke(done.error());
    });
  }
}

struct Wanted {
  std::uint64_t studies = 0;
  std::uint64_t instances = 0;
  std::chrono::duration<double, std::milli> pause{};
  std::string trace_file;
};

int many(const Peer& peer, const Wanted& wanted, const std::string& file) {
  const Result<Pattern> first = Pattern::load(file);
  if (!first) return std::fprintf(stderr, "%s: %s\n", file.c_str(), first.error().message().c_str()), 1;
  const std::uint64_t run = std::random_device()() % 1'000'000'000ULL;
  std::ofstream trace(wanted.trace_file);
  std::mutex trace_mutex;
  std::atomic<std::uint64_t> next_study = 0;
  Tally tally;
  const auto begin = Clock::now();
  side_by_side(peer, tally, [&]() -> Result<> {
    Pattern pattern = *first;
    const std::unique_ptr<Line> line = TRY(Line::open(peer.port, peer.called_ae, pattern.kind()));
    for (std::uint64_t study = next_study++; study < wanted.studies; study = next_study++) {
      for (std::uint64_t number = 1; number <= wanted.instances; ++number) {
        pattern.become(run, study, number);
        const auto sent = Clock::now();
        const ul::Status status = TRY(line->store(pattern.sop_instance(), pattern.dataset()));
        tally.answered(std::chrono::duration<double>(Clock::now() - sent).count(), status);
        if (!wanted.trace_file.empty()) {
          const std::lock_guard lock(trace_mutex);
          trace << pattern.study() << ' ' << std::fixed
                << std::chrono::duration<double>(sent.time_since_epoch()).count() << '\n';
        }
        if (wanted.pause.count() > 0) std::this_thread::sleep_for(wanted.pause);
      }
    }
    return line->release();
  });
  tally.print(std::chrono::duration<double>(Clock::now() - begin).count());
  return tally.good() ? 0 : 1;
}

int these(const Peer& peer, std::span<char*> paths) {
  std::vector<std::string> files;
  for (const char* path : paths) {
    Result<std::string> bytes = read_text(path, file_bytes_max);
    if (!bytes) return std::fprintf(stderr, "%s: %s\n", path, bytes.error().message().c_str()), 1;
    files.push_back(std::move(*bytes));
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::atomic<std::size_t> next = 0;
  Tally tally;
  side_by_side(peer, tally, [&]() -> Result<> {
    std::unique_ptr<Line> line;
    for (std::size_t i = next++; i < files.size(); i = next++) {
      const ByteView file = as_bytes(files[i]);
      const dicom::Prefix prefix = dicom::read_prefix(file);
      if (!line) line = TRY(Line::open(peer.port, peer.called_ae, prefix));
      const auto sent = Clock::now();
      const ul::Status status = TRY(line->store(prefix.sop_uid, file.subspan(prefix.dataset_offset)));
      tally.answered(std::chrono::duration<double>(Clock::now() - sent).count(), status);
      if (status == ul::Status::success) std::puts(paths[i]);
    }
    return line ? line->release() : Result<>();
  });
  return tally.good() ? 0 : 1;
}

int run(std::span<char*> words) {
  const std::string_view mode = words.size() > 5 ? words[1] : "";
  if (!(mode == "many" && (words.size() == 9 || words.size() == 10)) && mode != "files") {
    std::fputs(
        "usage: c_store many PORT CALLED_AE ASSOCIATIONS STUDIES INSTANCES PAUSE_MS PATTERN_FILE [TRACE_FILE]\n"
        "       c_store files PORT CALLED_AE ASSOCIATIONS FILE...\n",
        stderr);
    return 2;
  }
  const Peer peer{static_cast<std::uint16_t>(std::atoi(words[2])), words[3], std::atoi(words[4])};
  if (mode == "files") return these(peer, words.subspan(5));
  Wanted wanted;
  wanted.studies = std::strtoull(words[5], nullptr, 10);
  wanted.instances = std::strtoull(words[6], nullptr, 10);
  wanted.pause = std::chrono::duration<double, std::milli>(std::atof(words[7]));
  if (words.size() == 10) wanted.trace_file = words[9];
  return many(peer, wanted, words[8]);
}

}  // namespace
}  // namespace dmw::bench

int main(int argc, char** argv) {
  return dmw::bench::run({argv, static_cast<std::size_t>(argc)});
}
