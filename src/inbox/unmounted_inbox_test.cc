// An inbox whose volume goes and comes back, or whose disk refuses: never the fault of who sends, where this user may
// mount a volume.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/format.h"
#include "base/uuid.h"
#include "inbox/test_inbox.h"
#include "testing/manual_clock.h"

namespace dmw::inbox {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class UnmountedInbox : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(directory_ / "volume");
    fs::create_directory(root_);
    if (!mount()) GTEST_SKIP() << "no right to mount: only root can try this";
    Options options = directory_.options();
    options.directory = root_;
    inbox_ = Inbox::open(options, clock_).value();
  }
  void TearDown() override {
    inbox_.reset();
    while (::umount2(root_.c_str(), MNT_DETACH) == 0) {
    }
  }
  bool mount() const { return ::mount((directory_ / "volume").c_str(), root_.c_str(), "", MS_BIND, "") == 0; }
  /// Lazily, since the inbox has files open in it: as a volume goes that is taken away.
  void unmount() const { ASSERT_EQ(::umount2(root_.c_str(), MNT_DETACH), 0); }
  /// As a sender sees it.
  void expect_ours(const Error& why, Errc code = Errc::unavailable) const {
    EXPECT_EQ(why.code, code) << why.message();
    EXPECT_THAT(why.what, HasSubstr("inbox"));
    EXPECT_FALSE(why.what.contains(directory_.path().string())) << "no path for a stranger: " << why.what;
  }

  const TestDirectory directory_;
  const fs::path root_ = directory_ / "inbox";
  ManualClock clock_;
  std::unique_ptr<Inbox> inbox_;
};

TEST_F(UnmountedInbox, TakesNothingInAndGoesOnWhenItIsBack) {
  ASSERT_TRUE(keep(*inbox_, "one", arrival_of(test_session())));
  SpoolFile half = inbox_->create().value();
  ASSERT_TRUE(half.append(as_bytes("two")));
  unmount();
  expect_ours(inbox_->create().error());
  expect_ours(inbox_->scratch().error());
  expect_ours(inbox_->admit().error());
  EXPECT_EQ(inbox_->probe().error().code, Errc::unavailable);
  EXPECT_THAT(inbox_->intake().error().message(), HasSubstr(root_.string())) << "our own people are told the path";
  EXPECT_EQ(inbox_->fill(), 1) << "so that nothing is fetched";
  EXPECT_EQ(inbox_->present().error().code, Errc::unavailable);
  const Result<std::int64_t> kept = inbox_->keep(std::move(half), arrival_of(test_session()));
  ASSERT_FALSE(kept) << "it lies where nobody will look for it";
  expect_ours(kept.error());
  EXPECT_TRUE(fs::is_empty(root_)) << "nothing is made below the mount point";

  ASSERT_TRUE(mount());
  EXPECT_TRUE(inbox_->present());
  EXPECT_TRUE(keep(*inbox_, "three", arrival_of(test_session())));
  EXPECT_EQ(inbox_->claim(10, UINT64_MAX).value().size(), 2U) << "the first and the third";
}

/// Another device has its files, as after the failover of a volume: what is open is of the old one.
TEST_F(UnmountedInbox, GoesOnInAnotherMountOfItsVolume) {
  int nudges = 0;
  inbox_->on_kept([&] { ++nudges; });
  ASSERT_TRUE(keep(*inbox_, "one", arrival_of(test_session())));
  ASSERT_TRUE(keep(*inbox_, "two", arrival_of(test_session())));
  const std::string replica = inbox_->replica_id();
  const std::vector<SpooledInstance> claimed = inbox_->claim(1, UINT64_MAX).value();
  SpoolFile half = inbox_->create().value();
  ASSERT_TRUE(half.append(as_bytes("three")));
  unmount();
  const fs::path volume = directory_ / "volume";
  fs::rename(volume, directory_ / "old");
  fs::copy(directory_ / "old", volume, fs::copy_options::recursive);
  ASSERT_TRUE(mount());
  EXPECT_EQ(inbox_->create().error().code, Errc::unavailable) << "not before it is open again";
  const Result<> probed = inbox_->probe();
  ASSERT_TRUE(probed) << probed.error().message();
  EXPECT_TRUE(inbox_->intake());
  EXPECT_EQ(inbox_->replica_id(), replica);
  EXPECT_EQ(nudges, 3) << "there is something to claim";

  EXPECT_FALSE(inbox_->keep(std::move(half), arrival_of(test_session()))) << "its bytes are on the old one";
  ASSERT_TRUE(keep(*inbox_, "four", arrival_of(test_session())));
  inbox_->release(claimed);
  EXPECT_TRUE(inbox_->postpone(claimed.at(0), std::chrono::hours(1), Error{}));
  EXPECT_TRUE(inbox_->finish(claimed)) << "and changes nothing: it is claimed again";
  const std::vector<SpooledInstance> again = inbox_->claim(10, UINT64_MAX).value();
  ASSERT_EQ(again.size(), 3U);
  EXPECT_EQ(read_file(again[0].file) + read_file(again[1].file) + read_file(again[2].file), "onetwofour");
  ASSERT_TRUE(inbox_->finish(again));
  EXPECT_EQ(inbox_->depth().items, 0U);
}

TEST_F(UnmountedInbox, TakesNothingIntoAnotherInboxAtItsPath) {
  unmount();
  fs::create_directories(root_ / "spool/0");
  std::ofstream(root_ / "lock") << "1";
  std::ofstream(root_ / "identity") << format("inbox {} life {:020} seq {:020}\n", Uuid::random().text(), 1, 0);
  expect_ours(inbox_->create().error());
  EXPECT_EQ(inbox_->probe().error().code, Errc::unavailable);
  EXPECT_THAT(inbox_->intake().error().message(), HasSubstr("no longer the inbox that was opened"));
  EXPECT_TRUE(fs::is_empty(root_ / "spool/0"));
}

TEST_F(UnmountedInbox, SaysThatItsDiskIsReadOnly) {
  const fs::path spool = root_ / "spool";
  ASSERT_EQ(::mount(spool.c_str(), spool.c_str(), "", MS_BIND, ""), 0);
  ASSERT_EQ(::mount("", spool.c_str(), "", MS_REMOUNT | MS_BIND | MS_RDONLY, ""), 0);
  const Result<SpoolFile> refused = inbox_->create();
  ASSERT_FALSE(refused);
  expect_ours(refused.error());
  EXPECT_THAT(refused.error().message(), HasSubstr("Read-only file system")) << "for our log";
  EXPECT_THAT(inbox_->probe().error().message(), HasSubstr("Read-only file system"));
  ASSERT_EQ(::umount2(spool.c_str(), MNT_DETACH), 0);
  EXPECT_TRUE(inbox_->probe());
}

TEST(InboxOfABrokenDisk, NeverBlamesTheSender) {
  const TestDirectory directory;
  ManualClock clock;
  const std::unique_ptr<Inbox> inbox = Inbox::open(directory.options(), clock).value();
  const auto refusal = [&] { return inbox->create().error(); };
  // A file in place of each of the folders: ENOTDIR, and EEXIST when they are created.
  for (int number = 0; number < 16; ++number) {
    const fs::path folder = directory / "spool" / fs::path(std::string(1, "0123456789abcdef"[number]));
    fs::remove_all(folder);
    std::ofstream(folder) << "x";
  }
  EXPECT_EQ(refusal().code, Errc::unavailable);
  fs::remove_all(directory / "spool");
  EXPECT_EQ(refusal().code, Errc::unavailable) << "ENOENT is no 404";
  EXPECT_EQ(inbox->probe().error().code, Errc::unavailable);
  EXPECT_FALSE(refusal().what.contains(directory.path().string()));
}

/// In a separate process, because it changes the limits of the process.
int without_descriptors() {
  const TestDirectory directory;
  ManualClock clock;
  const std::unique_ptr<Inbox> inbox = Inbox::open(directory.options(), clock).value();
  // With descriptors first: a sanitizer needs some when it meets a class for the first time.
  if (!inbox->create() || !inbox->probe()) return 2;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit none{3, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const Result<SpoolFile> refused = inbox->create();
  const Result<> probed = inbox->probe();
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const bool busy = !refused && refused.error().code == Errc::unavailable;
  return busy && !probed && probed.error().code == Errc::unavailable ? 0 : 1;
}

TEST(InboxDeathTest, WithoutDescriptorsIsBusyAndNotFull) {
  EXPECT_EXIT(std::exit(without_descriptors()), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace dmw::inbox
