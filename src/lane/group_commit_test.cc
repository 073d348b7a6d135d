#include "lane/group_commit.h"

#include <atomic>

#include <gtest/gtest.h>

#include "testing/eventually.h"

namespace dmw::lane {
namespace {

using Doubling = GroupCommit<int, int>;

TEST(GroupCommit, AnswersEachOfManyThreadsWithItsOwnResult) {
  std::atomic<int> groups = 0;
  std::atomic<int> written = 0;
  Doubling commit({.name = "doubling"}, [&](std::span<const int> items) -> Result<std::vector<int>> {
    ++groups;
    written += static_cast<int>(items.size());
    std::vector<int> doubled;
    for (const int item : items) doubled.push_back(item * 2);
    return doubled;
  });
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const Result<int> answer = commit.submit(t * 1'000 + i);
        if (!answer || *answer != 2 * (t * 1'000 + i)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(written, 1'600);
  EXPECT_LE(groups, 1'600);
}

TEST(GroupCommit, LetsItsCallerGoWhenTheCommitHangs) {
  std::promise<void> go;
  Doubling commit({.name = "hanging", .patience = std::chrono::milliseconds(20)},
                  [gone = go.get_future().share()](std::span<const int> items) -> Result<std::vector<int>> {
                    gone.wait();
                    return std::vector<int>(items.size());
                  });
  EXPECT_EQ(commit.submit(1).error().code, Errc::timeout);
  EXPECT_EQ(commit.submit(2).error().code, Errc::timeout) << "nor does one that waits behind it";
  go.set_value();
}

TEST(GroupCommit, WritesWhatWaitsTogether) {
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> sizes;
  Doubling commit({.name = "waiting"}, [&](std::span<const int> items) -> Result<std::vector<int>> {
    {
      const std::scoped_lock lock(mutex);
      sizes.push_back(items.size());
      changed.notify_all();
    }
    gone.wait();
    return std::vector<int>(items.begin(), items.end());
  });
  std::vector<std::thread> threads;
  threads.emplace_back([&] { EXPECT_TRUE(commit.submit(0)); });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return sizes.size() == 1; });
  }
  std::atomic<int> asking = 0;
  for (int t = 0; t < 5; ++t) {
    threads.emplace_back([&, t] {
      ++asking;
      EXPECT_TRUE(commit.submit(t));
    });
  }
  EXPECT_TRUE(eventually([&] { return asking == 5; }));
  go.set_value();
  for (std::thread& thread : threads) thread.join();
  std::size_t all = 0;
  for (const std::size_t size : sizes) all += size;
  EXPECT_EQ(all, 6U);
  EXPECT_LT(sizes.size(), 7U);
}

TEST(GroupCommit, GivesAnErrorToEachOfTheGroup) {
  Doubling commit({.name = "failing"},
                  [](std::span<const int>) -> Result<std::vector<int>> { return fail(Errc::unavailable, "away"); });
  const Result<int> answer = commit.submit(1);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST(GroupCommit, RefusesWhenItIsStopped) {
  Doubling commit({.name = "stopped"}, [](std::span<const int> items) -> Result<std::vector<int>> {
    return std::vector<int>(items.begin(), items.end());
  });
  commit.stop();
  const Result<int> answer = commit.submit(1);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::cancelled);
}

}  // namespace
}  // namespace dmw::lane
