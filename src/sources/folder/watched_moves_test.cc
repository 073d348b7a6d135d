// Where the files of a watched folder go, and what happens when they cannot, or come back.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include "sources/folder/test_watched.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(WatchedFolderTest, TriesOnlyTheMoveAgain) {
  folder_.write("scan/one.dcm", image(1));
  folder_.write("two.dcm", image(2));
  folder_.write("done/scan", "a file where a folder would have to be");
  watch();
  look_twice();
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "1.2.3.1.2"));
  for (int i = 0; i < 10; ++i) look_twice();
  EXPECT_THAT(kept(), IsEmpty()) << "it is not read again";
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/scan", "done/two.dcm", "scan/one.dcm"));
  EXPECT_EQ(watched_->state().refused, 1U);
  EXPECT_THAT(watched_->state().why_refused, HasSubstr("folder"));
  std::filesystem::remove(folder_.path() / "done/scan");
  clock_.advance(std::chrono::minutes(10));
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/scan/one.dcm", "done/two.dcm"));
  EXPECT_THAT(kept(), IsEmpty());
  EXPECT_EQ(watched_->state().refused, 0U);
}

TEST_F(WatchedFolderTest, ReadsAFileThatCouldNotBeMovedAgainWhenItHasChanged) {
  folder_.write("scan/one.dcm", image(1));
  folder_.write("done/scan", "a file where a folder would have to be");
  watch();
  look_twice();
  folder_.write("scan/one.dcm", larger_image(22));
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1", "1.2.3.1.22"));
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
  EXPECT_EQ(watched_->state().refused, 2U);
  EXPECT_THAT(watched_->state().why_refused, HasSubstr("Read-only"));
  remount(0);
  clock_.advance(std::chrono::minutes(10));
  look_twice();
  EXPECT_THAT(folder_.files(),
              UnorderedElementsAre("done/share/one.dcm", "failed/share/cut.dcm", "failed/share/cut.dcm.reason.txt"));
}

TEST_F(WatchedFolderTest, TakesBackAFileWhoseWriterOnlyPaused) {
  const std::string whole = image(1);
  folder_.write("one.dcm", whole.substr(0, 400));
  watch();
  look_twice();
  ASSERT_TRUE(folder_.has("failed/one.dcm.reason.txt"));
  folder_.write("failed/one.dcm", whole);  // the same file, as its writer has it open
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(folder_.files(), ElementsAre("one.dcm"));
  look_twice();
  EXPECT_THAT(folder_.files(), ElementsAre("done/one.dcm"));
  EXPECT_THAT(kept(), ElementsAre("refused", "1.2.3.1.1"));
}

TEST_F(WatchedFolderTest, TakesBackNothingOverANewFile) {
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  folder_.write("done/one.dcm", larger_image(11));
  clock_.advance(std::chrono::minutes(1));
  folder_.write("one.dcm", image(2));
  look_twice();
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "1.2.3.1.11", "1.2.3.1.2"));
  EXPECT_EQ(folder_.files().size(), 2U);
}

}  // namespace
}  // namespace dmw::sources
