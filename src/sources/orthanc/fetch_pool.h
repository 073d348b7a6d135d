// FetchPool: the threads that fetch, each with its own connection. A pull uses at most three quarters of them, so that
// a slow study does not block others.
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
  /// Starts no further step; returns whether all running ones have ended within `patience`.
  bool drain(std::chrono::milliseconds patience);
  void stop();

 private:
  void run(std::size_t number);
  /// Whether the inbox has space for fetched instances; modalities take precedence.
  bool inbox_has_room() const;

  FetchFloor& floor_;
  const std::size_t parallel_max_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dmw::sources
