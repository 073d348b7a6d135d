#include "app/intake_watch.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/mount.h>

#include "inbox/inbox.h"
#include "testing/manual_clock.h"
#include "testing/scratch_folder.h"

namespace dmw::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class IntakeWatchTest : public testing::Test {
 protected:
  IntakeWatchTest() {
    fs::create_directory(inbox_folder_);
    clock_.set_wall(1'000'000'000);
  }
  ~IntakeWatchTest() override {
    watch_.reset();
    inbox_.reset();
    while (::umount2(inbox_folder_.c_str(), MNT_DETACH) == 0) {
    }
  }
  void open(std::uint64_t reserve_bytes = 0) {
    inbox_ = inbox::Inbox::open({.directory = inbox_folder_,
                                 .reserve_bytes = reserve_bytes,
                                 .locate = [](ByteView) { return std::uint64_t{0}; }},
                                clock_)
                 .value();
    watch_.emplace(*inbox_, clock_);
  }
  bool mount(const char* options) { return ::mount("dmw-test", inbox_folder_.c_str(), "tmpfs", 0, options) == 0; }

  const ScratchFolder folder_ = ScratchFolder::on_disk();
  const fs::path inbox_folder_ = folder_ / "inbox";
  ManualClock clock_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::optional<IntakeWatch> watch_;
};

TEST_F(IntakeWatchTest, TellsSinceWhenAndInTheWordsOfTheCause) {
  if (!mount("size=64m")) GTEST_SKIP() << "no right to mount: only root can try this";
  open(32U << 20U);
  watch_->look();
  EXPECT_FALSE(watch_->refusal());
  std::ofstream(inbox_folder_ / "another's") << std::string(40U << 20U, 'x');
  clock_.advance(std::chrono::seconds(2));
  testing::internal::CaptureStderr();
  for (int i = 0; i < 10; ++i) watch_->look();
  const auto refusal = watch_->refusal();
  ASSERT_TRUE(refusal);
  const MicrosUtc since = refusal->since;
  EXPECT_EQ(since, clock_.now());
  EXPECT_THAT(refusal->reason,
              HasSubstr("GiB free on " + inbox_folder_.string() + ", less than DISK_RESERVE_GIB=0.03"));
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(watch_->refusal()->since, since);
  fs::remove(inbox_folder_ / "another's");
  clock_.advance(std::chrono::seconds(2));
  for (int i = 0; i < 10; ++i) watch_->look();
  EXPECT_FALSE(watch_->refusal());
  const std::string said = testing::internal::GetCapturedStderr();
  const auto lines_with = [&](std::string_view word) {
    std::size_t count = 0;
    for (std::size_t at = said.find(word); at != said.npos; at = said.find(word, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(lines_with("intake stopped"), 1U) << said;
  EXPECT_EQ(lines_with("intake resumed"), 1U) << said;
}

TEST_F(IntakeWatchTest, TellsOfADiskThatOnlyATryShowsToBeBroken) {
  if (!mount("size=8m")) GTEST_SKIP() << "no right to mount: only root can try this";
  open();
  watch_->look();
  ASSERT_EQ(::mount("dmw-test", inbox_folder_.c_str(), "tmpfs", MS_REMOUNT, "size=1m,nr_inodes=30"), 0);
  // Out of inodes for another's files.
  for (int i = 0; i < 100; ++i) std::ofstream(inbox_folder_ / std::to_string(i)) << "x";
  for (int i = 0; i < 6; ++i) watch_->look();
  ASSERT_TRUE(watch_->refusal());
  EXPECT_THAT(watch_->refusal()->reason, HasSubstr("the disk of the inbox is full"));
  for (int i = 0; i < 100; ++i) fs::remove(inbox_folder_ / std::to_string(i));
  watch_->look();
  EXPECT_FALSE(watch_->refusal());
}

TEST_F(IntakeWatchTest, TellsOfAVolumeThatIsNotMounted) {
  if (!mount("size=8m")) GTEST_SKIP() << "no right to mount: only root can try this";
  open();
  watch_->look();
  ASSERT_FALSE(watch_->refusal());
  ASSERT_EQ(::umount2(inbox_folder_.c_str(), MNT_DETACH), 0);
  ASSERT_TRUE(watch_->refusal());
  EXPECT_THAT(watch_->refusal()->reason, HasSubstr("INBOX_PATH"));
  EXPECT_THAT(watch_->refusal()->reason, HasSubstr("is its volume mounted?"));
  for (int i = 0; i < 6; ++i) watch_->look();
  EXPECT_TRUE(fs::is_empty(inbox_folder_)) << "nothing is made below the mount point";
}

}  // namespace
}  // namespace dmw::app
