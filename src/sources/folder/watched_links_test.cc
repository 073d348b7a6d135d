// A watched folder into which a stranger writes: links, pipes and devices lead nowhere, and nothing outside of it is
// read, written or moved.
#include <thread>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/folder/test_watched.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class WatchedLinksTest : public WatchedFolderTest {
 protected:
  void link(const std::string& name, const std::filesystem::path& to) const {
    std::filesystem::create_symlink(to, folder_.path() / name);
  }
  const ScratchFolder outside_;
};

TEST_F(WatchedLinksTest, MovesNothingThroughALinkInPlaceOfDoneOrFailed) {
  for (const char* name : {"done", "failed"}) {
    link(name, outside_.path());
    folder_.write("one.dcm", image(1));
    folder_.write("readme.txt", "no DICOM");
    watch();
    const Result<bool> looked = watched_->pass();
    ASSERT_FALSE(looked);
    EXPECT_THAT(looked.error().message(), HasSubstr(format("{}/ in WATCH_PATH", name)));
    EXPECT_THAT(looked.error().message(), HasSubstr("symbolic link"));
    EXPECT_THAT(outside_.files(), IsEmpty());
    EXPECT_THAT(folder_.files(), UnorderedElementsAre("one.dcm", "readme.txt"));
    std::filesystem::remove(folder_.path() / name);
  }
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
}

TEST_F(WatchedLinksTest, MovesNothingThroughALinkBelowDone) {
  folder_.write("scan/one.dcm", image(1));
  folder_.write("scan/readme.txt", "no DICOM");
  for (const char* name : {"done", "failed"}) {
    std::filesystem::create_directory(folder_.path() / name);
    link(std::string(name) + "/scan", outside_.path());
  }
  watch();
  look_twice();
  EXPECT_THAT(outside_.files(), IsEmpty());
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("scan/one.dcm", "scan/readme.txt"));
  EXPECT_EQ(watched_->progress().refused, 2U);
  EXPECT_THAT(watched_->progress().why_refused, HasSubstr("symbolic link"));
}

TEST_F(WatchedLinksTest, WritesNoReasonThroughALink) {
  folder_.write("readme.txt", "no DICOM");
  std::filesystem::create_directory(folder_.path() / "failed");
  link("failed/readme.txt.reason.txt", outside_.path() / "victim");
  watch();
  look_twice();
  EXPECT_THAT(outside_.files(), IsEmpty());
  EXPECT_TRUE(folder_.has("failed/readme.2.txt"));
}

TEST_F(WatchedLinksTest, TakesBackNothingFromOrThroughALink) {
  folder_.write("scan/one.dcm", image(1));
  outside_.write("secret", "of others");
  watch();
  look_twice();
  // It looks as if its writer had gone on: moved back to where it came from, which is a link by now.
  std::filesystem::remove(folder_.path() / "scan");
  link("scan", outside_.path());
  folder_.write("done/scan/one.dcm", larger_image(1));
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(outside_.files(), ElementsAre("secret"));
  EXPECT_THAT(folder_.files(), ElementsAre("done/scan/one.dcm"));
  // And the file that was moved is a link by now.
  std::filesystem::remove(folder_.path() / "scan");
  folder_.write("scan/two.dcm", image(2));
  look_twice();
  std::filesystem::remove_all(folder_.path() / "done/scan");
  link("done/scan", outside_.path());
  outside_.write("two.dcm", "of others");
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(outside_.files(), UnorderedElementsAre("secret", "two.dcm"));
}

TEST_F(WatchedLinksTest, ReadsNoPipeAndNoLink) {
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe.dcm").c_str(), 0600), 0);
  outside_.write("secret.dcm", image(7));
  link("link.dcm", outside_.path() / "secret.dcm");
  link("folder", outside_.path());
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  EXPECT_THAT(outside_.files(), ElementsAre("secret.dcm"));
}

/// Between the walk and the use of a name a stranger puts something else there.
TEST_F(WatchedLinksTest, ReadsNothingElseWhenANameIsSwapped) {
  for (const FolderTree::Walk walk : {FolderTree::Walk::openat2, FolderTree::Walk::by_name}) {
    folder_.write("scan/deep/one.dcm", image(1));
    outside_.write("deep/one.dcm", image(1));
    const FolderTree tree = FolderTree::open(folder_.path(), walk).value();
    const FoundFile found = *TreeWalk(tree).next().value();
    ASSERT_EQ(found.relative, "scan/deep/one.dcm");
    // Of the same size and time.
    std::filesystem::last_write_time(outside_.path() / "deep/one.dcm",
                                     std::filesystem::last_write_time(folder_.path() / found.relative));
    FileIntake intake(*door_);
    Filing filing;
    std::filesystem::rename(folder_.path() / "scan", folder_.path() / "aside");
    link("scan", outside_.path());
    EXPECT_EQ(intake.take(tree, found, {}).value().ending, Intake::Ending::changed);
    EXPECT_EQ(filing.done(tree, found).error().code, Errc::unsupported);
    EXPECT_EQ(filing.failed(tree, found, "a reason").error().code, Errc::unsupported);
    std::filesystem::remove(folder_.path() / "scan");
    std::filesystem::create_directory(folder_.path() / "scan");
    link("scan/deep", outside_.path() / "deep");
    EXPECT_EQ(intake.take(tree, found, {}).value().ending, Intake::Ending::changed);
    EXPECT_EQ(filing.done(tree, found).error().code, Errc::unsupported);
    std::filesystem::remove_all(folder_.path() / "scan");
    ASSERT_EQ(::mkdir((folder_.path() / "scan").c_str(), 0700), 0);
    ASSERT_EQ(::mkdir((folder_.path() / "scan/deep").c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo((folder_.path() / found.relative).c_str(), 0600), 0);
    EXPECT_EQ(intake.take(tree, found, {}).value().ending, Intake::Ending::changed) << "and it does not wait";
    EXPECT_THAT(outside_.files(), ElementsAre("deep/one.dcm"));
    EXPECT_THAT(kept(), IsEmpty());
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) std::filesystem::remove_all(entry);
  }
}

/// A folder is a link every other moment, while files are taken out of it.
TEST_F(WatchedLinksTest, TouchesNothingOutsideWhileAFolderIsSwappedAllTheTime) {
  for (int i = 0; i < 50; ++i) outside_.write(format("{}.dcm", i), image(1'000 + i));
  const std::vector<std::string> before = outside_.files();
  watch();
  const std::filesystem::path folder = folder_.path() / "scan";
  const std::filesystem::path aside = folder_.path() / ".aside";
  const std::filesystem::path link_aside = folder_.path() / ".link";
  std::filesystem::create_symlink(outside_.path(), link_aside);
  for (int i = 0; i < 300; ++i) folder_.write(format("scan/{}.dcm", i), image(i));
  {
    const std::jthread swapper([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        ::rename(folder.c_str(), aside.c_str());
        ::rename(link_aside.c_str(), folder.c_str());
        ::rename(folder.c_str(), link_aside.c_str());
        ::rename(aside.c_str(), folder.c_str());
      }
    });
    for (int round = 0; round < 20; ++round) {
      EXPECT_TRUE(watched_->pass());
      clock_.advance(std::chrono::seconds(5));
    }
  }
  EXPECT_EQ(outside_.files(), before) << "none was moved, in or out";
  for (const std::string& sop : kept()) EXPECT_LE(sop.size(), std::string("1.2.3.1.999").size()) << "none was read";
}

}  // namespace
}  // namespace dmw::sources
