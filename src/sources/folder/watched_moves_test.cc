// Where the files of a watched folder go, and what happens when they cannot, or come back.
#include <gmock/gmock.h>

#include "sources/folder/test_watched.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
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
  EXPECT_EQ(watched_->progress().refused, 1U);
  EXPECT_THAT(watched_->progress().why_refused, HasSubstr("folder"));
  std::filesystem::remove(folder_.path() / "done/scan");
  clock_.advance(std::chrono::minutes(10));
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/scan/one.dcm", "done/two.dcm"));
  EXPECT_THAT(kept(), IsEmpty());
  EXPECT_EQ(watched_->progress().refused, 0U);
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

TEST_F(WatchedFolderTest, MovesAFileWhoseNameIsAsLongAsAFileSystemTakes) {
  const std::string longest = std::string(251, 'a') + ".dcm";
  const std::string no_extension = "1.2." + std::string(251, '9');
  std::string in_utf8 = "c";
  for (int i = 0; i < 125; ++i) in_utf8 += "\xC3\xA4";
  in_utf8 += ".dcm";
  ASSERT_THAT(in_utf8, SizeIs(255));
  for (const std::string& name : {longest, no_extension, in_utf8}) {
    folder_.write(name, "no DICOM at all");
    folder_.write("good/" + name, image(1));
  }
  watch();
  look_twice();
  for (const std::string& name : {longest, no_extension, in_utf8}) folder_.write("good/" + name, image(2));
  look_twice();
  EXPECT_EQ(watched_->progress().refused, 0U) << watched_->progress().why_refused;
  std::size_t reasons = 0;
  std::size_t done = 0;
  for (const std::string& file : folder_.files()) {
    EXPECT_TRUE(file.starts_with("done/good/") || file.starts_with("failed/")) << file;
    reasons += file.ends_with(".reason.txt") && folder_.has(file.substr(0, file.size() - 11)) ? 1 : 0;
    done += file.starts_with("done/") ? 1 : 0;
  }
  EXPECT_EQ(reasons, 3U);
  EXPECT_EQ(done, 6U) << "each under a name of its own";
}

}  // namespace
}  // namespace dmw::sources
