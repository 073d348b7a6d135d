// FetchPool: the threads that fetch, each with its connection, and which pull each serves next: in turn, and none more
// than three quarters of them, so that a slow study leaves room for others.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sources/orthanc/fetcher.h"

namespace dmw::sources {

/// Any thread.
class FetchPool {
 public:
  /// Listings that are asked for together: a quarter of what is in the pool, so that others are fetched meanwhile.
  static constexpr std::size_t together_max = 32;

  explicit FetchPool(FetchFloor& floor);
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;
  ~FetchPool() { stop(); }

  void start();
  /// All at once, so that their listings are asked for together.
  void add(const std::vector<std::shared_ptr<Pull>>& pulls);
  struct Load {
    std::size_t pulls = 0;      // that still have something to fetch
    std::size_t instances = 0;  // that these have listed
  };
  /// Drops the pulls that have nothing left.
  Load load();
  /// A pull has more to do.
  void wake();
  /// No further step begins; says whether all that ran have ended by then.
  bool drain(std::chrono::milliseconds patience);
  void stop();

 private:
  void run(std::size_t number);
  /// What a thread does next: one step, or one listing of each of many pulls. Nothing: empty.
  std::vector<Errand> next();
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
