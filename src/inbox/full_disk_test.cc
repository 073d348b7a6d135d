// A disk that is full for true: a small tmpfs, where this user may mount one.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "inbox/test_inbox.h"
#include "testing/manual_clock.h"

namespace dmw::inbox {
namespace {

class FullDisk : public ::testing::Test {
 protected:
  void mount(const char* options) {
    if (::mount("dmw-test", directory_.path().c_str(), "tmpfs", 0, options) != 0) GTEST_SKIP() << "no right to mount";
    mounted_ = true;
  }
  void TearDown() override {
    inbox_.reset();
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  void open(std::uint64_t reserve_bytes) {
    Options options = directory_.options();
    options.reserve_bytes = reserve_bytes;
    inbox_ = Inbox::open(options, clock_).value();
  }
  /// Keeps instances until one is refused; returns how it was.
  Error fill_up(std::size_t bytes = 256U << 10U) {
    for (int n = 0; n < 1'000; ++n) {
      const Result<std::int64_t> kept = keep(*inbox_, std::string(bytes, 'x'), arrival_of(test_session()));
      if (!kept) return kept.error();
      clock_.advance(std::chrono::seconds(1));
    }
    return {};
  }
  void empty() {
    for (;;) {
      const std::vector<SpooledInstance> items = inbox_->claim(100, UINT64_MAX).value();
      if (items.empty()) return;
      ASSERT_TRUE(inbox_->finish(items));
    }
  }

  TestDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<Inbox> inbox_;
  bool mounted_ = false;
};

TEST_F(FullDisk, KeepsItsReserveAndTakesInAgainOnceThereIsRoom) {
  mount("size=8m");
  if (IsSkipped()) return;
  open(2 << 20);
  EXPECT_EQ(inbox_->create(7 << 20).error().code, Errc::too_large) << "more than there is above the reserve";
  EXPECT_TRUE(inbox_->create(5 << 20));
  EXPECT_EQ(fill_up().code, Errc::full);
  EXPECT_GE(free_bytes(directory_.path()).value(), 2U << 20U);
  EXPECT_GE(inbox_->fill(), refuse_fill) << "/ready says so";
  const std::uint64_t kept = inbox_->depth().items;
  EXPECT_GE(kept, 10U);
  EXPECT_EQ(spooled_files(directory_.path()), kept);
  empty();
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(keep(*inbox_, "one more", arrival_of(test_session())));
}

TEST_F(FullDisk, RefusesWithoutAReserveTooAndLosesNothing) {
  mount("size=4m");
  if (IsSkipped()) return;
  std::ofstream(directory_ / "another's") << std::string(512U << 10U, 'x');
  open(0);
  EXPECT_EQ(fill_up().code, Errc::full);
  const std::uint64_t kept = inbox_->depth().items;
  EXPECT_GE(kept, 8U);
  EXPECT_EQ(spooled_files(directory_.path()), kept) << "the refused one leaves nothing";
  inbox_.reset();
  std::filesystem::remove(directory_ / "another's");
  open(0);
  EXPECT_EQ(inbox_->depth().items, kept);
}

TEST_F(FullDisk, SaysSoWhenItsInodesAreGone) {
  mount("size=8m,nr_inodes=48");
  if (IsSkipped()) return;
  open(1 << 20);
  EXPECT_EQ(fill_up(1'000).code, Errc::full);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_DOUBLE_EQ(inbox_->fill(), 1);
  empty();
  clock_.advance(std::chrono::seconds(1));
  EXPECT_LT(inbox_->fill(), refuse_fill);
  EXPECT_TRUE(keep(*inbox_, "one more", arrival_of(test_session())));
}

}  // namespace
}  // namespace dmw::inbox
