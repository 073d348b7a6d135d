// FetchPool: the threads that fetch, each with its connection. No pull has more than three quarters of them, so that a
// slow study leaves room for others.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
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
  /// A pull has more to do.
  void wake();
  /// No further step begins; says whether all that ran have ended by then.
  bool drain(std::chrono::milliseconds patience);
  void stop();

 private:
  void run(std::size_t number);
  /// What modalities send has room before what is pulled.
  bool inbox_has_room() const;

  FetchFloor& floor_;
  const std::size_t parallel_max_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dmw::sources
