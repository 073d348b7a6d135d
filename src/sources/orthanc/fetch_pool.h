// FetchPool: the threads that fetch, each with its connection, and which pull each serves next: in turn, and none more
// than three quarters of them, so that a slow study leaves room for others.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "sources/orthanc/fetcher.h"

namespace dmw::sources {

/// Any thread.
class FetchPool {
 public:
  explicit FetchPool(FetchFloor& floor);
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;
  ~FetchPool() { stop(); }

  void start();
  void add(std::shared_ptr<Pull> pull);
  /// How many pulls still have something to fetch; drops the others.
  std::size_t fetching();
  /// A pull has more to do.
  void wake();
  /// No further step begins; says whether all that ran have ended by then.
  bool drain(std::chrono::milliseconds patience);
  void stop();

 private:
  using Job = std::pair<std::shared_ptr<Pull>, Step>;
  void run(std::size_t number);
  std::optional<Job> next();
  /// What modalities send has room before what is pulled (rule 11).
  bool inbox_has_room() const;

  FetchFloor& floor_;
  const std::size_t parallel_max_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::list<std::shared_ptr<Pull>> pulls_;  // the next to serve is first
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dmw::sources
