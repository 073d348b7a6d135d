// A watched folder whose inbox has little room.
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>

#include "sources/files/test_zip.h"
#include "sources/folder/test_watched.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST_F(WatchedFolderTest, LeavesAFileThatDoesNotFitAndGoesOn) {
  limit_inbox(100'000);
  folder_.write("large.dcm", dicom_file({.pixel_bytes = 120'000}));
  folder_.write("small.dcm", image(1));
  folder_.write("archive.zip", zip_of({{"large", dicom_file({.pixel_bytes = 120'000})}, {"small", image(2)}}));
  watch();
  for (int i = 0; i < 5; ++i) look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("large.dcm", "done/small.dcm", "failed/archive.zip",
                                                    "failed/archive.zip.reason.txt"));
  EXPECT_THAT(folder_.read("failed/archive.zip.reason.txt"), HasSubstr("INBOX_LIMIT_GIB"));
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "1.2.3.1.2"));
  EXPECT_EQ(watched_->progress().refused, 1U);
  EXPECT_THAT(watched_->progress().why_refused, HasSubstr("INBOX_LIMIT_GIB"));
}

TEST_F(WatchedFolderTest, WaitsForRoomInTheMiddleOfAnArchive) {
  limit_inbox(10'000);
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 30; ++i) files.emplace_back(std::to_string(i), image(i));
  folder_.write("study.zip", zip_of(files));
  watch();
  std::size_t recorded = 0;
  {
    const std::jthread recorder([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const std::vector<SpooledInstance> items = world_.inbox().claim(1'000, 1U << 30U).value();
        if (world_.inbox().fill() < 0.8 && recorded + items.size() < 30) {
          world_.inbox().release(items);
          continue;
        }
        recorded += items.size();
        EXPECT_TRUE(world_.inbox().finish(items));
      }
    });
    look_twice();
  }
  EXPECT_THAT(folder_.files(), ElementsAre("done/study.zip"));
  EXPECT_EQ(recorded + kept().size(), 30U) << "each once";
}

TEST_F(WatchedFolderTest, TakesNothingWhileTheInboxIsHalfFull) {
  limit_inbox(10'000);
  folder_.write("one.dcm", dicom_file({.pixel_bytes = 6'000}));
  watch();
  look_twice();
  EXPECT_FALSE(watched_->progress().has_room);
  folder_.write("two.dcm", image(2));
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/one.dcm", "two.dcm"));
  empty_inbox();
  EXPECT_TRUE(watched_->progress().has_room);
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/one.dcm", "done/two.dcm"));
}

}  // namespace
}  // namespace dmw::sources
