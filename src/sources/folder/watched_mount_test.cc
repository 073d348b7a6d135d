// A watched folder and the file systems that come and go at it and below it, where this user may mount one.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include "sources/folder/test_watched.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class MountedRootTest : public WatchedFolderTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(root_);
    options_.root = root_;
    if (!mount()) GTEST_SKIP() << "no right to mount: only root can try this";
    unmount();
  }
  void TearDown() override {
    watched_.reset();
    while (::umount2(root_.c_str(), MNT_DETACH) == 0) {
    }
  }
  /// A share of its own, kept under another name while it is not mounted here.
  bool mount() { return ::mount("dmw-test", root_.c_str(), "tmpfs", 0, "size=4m") == 0; }
  /// As umount does it: refused while anybody has something open in it.
  void unmount() { ASSERT_EQ(::umount2(root_.c_str(), 0), 0) << "busy"; }
  std::string failure_of_pass() {
    const Result<bool> looked = watched_->pass();
    return looked ? "" : looked.error().message();
  }

  const std::filesystem::path root_ = folder_.path() / "share";
};

TEST_F(MountedRootTest, TakesAShareThatIsMountedAfterTheStart) {
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(root_)) << "nothing is made below the mount point";
  ASSERT_TRUE(mount());
  folder_.write("share/one.dcm", image(1));
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  EXPECT_THAT(folder_.files(), ElementsAre("share/done/one.dcm"));
}

TEST_F(MountedRootTest, TakesAShareThatIsMountedAgainUnderAnotherDevice) {
  ASSERT_TRUE(mount());
  folder_.write("share/one.dcm", image(1));
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  unmount();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(failure_of_pass(), HasSubstr("nothing is mounted at"));
  EXPECT_TRUE(std::filesystem::is_empty(root_)) << "nothing is made below the mount point";
  // Another file system, so another device, in between.
  const ScratchFolder other;
  ASSERT_EQ(::mount("dmw-test", other.path().c_str(), "tmpfs", 0, "size=1m"), 0);
  ASSERT_TRUE(mount());
  folder_.write("share/two.dcm", image(2));
  look_twice();
  ::umount2(other.path().c_str(), MNT_DETACH);
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.2"));
  EXPECT_THAT(folder_.files(), ElementsAre("share/done/two.dcm"));
}

TEST_F(MountedRootTest, TakesNothingThatSomebodyPutsIntoTheMountPointMeanwhile) {
  ASSERT_TRUE(mount());
  watch();
  look_twice();
  unmount();
  folder_.write("share/one.dcm", image(1));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(failure_of_pass(), HasSubstr("mount the share again"));
    clock_.advance(std::chrono::seconds(5));
  }
  EXPECT_THAT(kept(), IsEmpty());
  EXPECT_THAT(folder_.files(), ElementsAre("share/one.dcm"));
}

TEST_F(MountedRootTest, KnowsAfterARestartThatAShareWasMounted) {
  ASSERT_TRUE(mount());
  watch();
  look_twice();
  watched_.reset();
  unmount();
  folder_.write("share/one.dcm", image(1));
  watch();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(failure_of_pass(), HasSubstr("mount the share again"));
    clock_.advance(std::chrono::seconds(5));
  }
  EXPECT_THAT(kept(), IsEmpty());
  watched_.reset();
  std::filesystem::remove(options_.mount_note);
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1")) << "a person said that it is to be taken as it is";
}

TEST_F(MountedRootTest, SaysSoWhenTheFolderWasInAShareThatIsGone) {
  ASSERT_TRUE(mount());
  folder_.write("share/in/one.dcm", image(1));
  options_.root = root_ / "in";
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  unmount();
  EXPECT_THAT(failure_of_pass(), HasSubstr("WATCH_PATH does not exist"));
  EXPECT_TRUE(std::filesystem::is_empty(root_));
  std::filesystem::create_directory(root_ / "in");
  EXPECT_THAT(failure_of_pass(), HasSubstr("nothing is mounted at"));
  std::filesystem::remove(root_ / "in");
  ASSERT_TRUE(mount());
  folder_.write("share/in/two.dcm", image(2));
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.2"));
}

TEST_F(MountedRootTest, RemembersWhatItTookOfAShareThatIsMountedAgain) {
  options_.keep = true;
  const ScratchFolder share;  // what the server has
  share.write("one.dcm", image(1));
  const auto mount_it = [&] { return ::mount(share.path().c_str(), root_.c_str(), "", MS_BIND, "") == 0; };
  ASSERT_TRUE(mount_it());
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  unmount();
  EXPECT_THAT(failure_of_pass(), HasSubstr("nothing is mounted at")) << "a folder that is bound is a mount as well";
  ASSERT_TRUE(mount_it());
  look_twice();
  EXPECT_THAT(kept(), IsEmpty());
}

/// A file system of its own below the folder, where this user may mount one.
class WatchedMountTest : public WatchedFolderTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(share_);
    mounted_ = ::mount("dmw-test", share_.c_str(), "tmpfs", 0, "size=4m") == 0;
    if (!mounted_) GTEST_SKIP() << "no right to mount";
  }
  void TearDown() override {
    watched_.reset();
    if (mounted_) ::umount2(share_.c_str(), MNT_DETACH);
  }
  void remount(unsigned long flags) {
    ASSERT_EQ(::mount("dmw-test", share_.c_str(), "tmpfs", MS_REMOUNT | flags, "size=4m"), 0);
  }

  const std::filesystem::path share_ = folder_.path() / "share";
  bool mounted_ = false;
};

TEST_F(WatchedMountTest, MovesFilesFromAShareBelowTheFolder) {
  folder_.write("share/a/one.dcm", image(1));
  folder_.write("share/cut.dcm", image(2).substr(0, 400));
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(),
              UnorderedElementsAre("done/share/a/one.dcm", "failed/share/cut.dcm", "failed/share/cut.dcm.reason.txt"));
  EXPECT_EQ(folder_.read("done/share/a/one.dcm"), image(1));
  clock_.advance(std::chrono::minutes(2));
  look_twice();
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "refused")) << "each once";
}

TEST_F(WatchedMountTest, LeavesNoLitterWhileAShareCanOnlyBeRead) {
  folder_.write("share/one.dcm", image(1));
  folder_.write("share/cut.dcm", image(2).substr(0, 400));
  remount(MS_RDONLY);
  watch();
  for (int i = 0; i < 10; ++i) look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("share/one.dcm", "share/cut.dcm"));
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "refused")) << "each once, however often the move was tried";
  EXPECT_EQ(watched_->progress().refused, 2U);
  EXPECT_THAT(watched_->progress().why_refused, HasSubstr("Read-only"));
  remount(0);
  clock_.advance(std::chrono::minutes(10));
  look_twice();
  EXPECT_THAT(folder_.files(),
              UnorderedElementsAre("done/share/one.dcm", "failed/share/cut.dcm", "failed/share/cut.dcm.reason.txt"));
}

}  // namespace
}  // namespace dmw::sources
