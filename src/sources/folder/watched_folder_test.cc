#include "sources/folder/watched_folder.h"

#include <array>
#include <optional>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/format.h"
#include "sources/folder/test_folder.h"
#include "sources/folder/test_zip.h"
#include "sources/orthanc/test_dicom.h"
#include "sources/orthanc/test_world.h"

namespace dmw::sources {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string image(int number) {
  return dicom_file({.sop = format("1.2.3.1.{}", number)});
}

/// Of another size, as clocks of file systems are coarse.
std::string larger_image(int number) {
  return dicom_file({.sop = format("1.2.3.1.{}", number), .pixel_bytes = 1'024});
}

class WatchedFolderTest : public ::testing::Test {
 protected:
  WatchedFolderTest() {
    door_.emplace("folder", world_.inbox(), read_, metrics_);
    options_.root = folder_.path();
    options_.stable = seconds(5);
    options_.journal = journal_.path() / "taken";
  }

  void limit_inbox(std::uint64_t bytes) {
    world_.open_inbox(bytes);
    door_.emplace("folder", world_.inbox(), read_, metrics_);
  }
  void watch() {
    watched_.reset();
    watched_ = WatchedFolder::open(options_, *door_, world_.inbox(), clock_).value();
  }
  /// Looks, waits until what it has seen is old enough, and looks again.
  void look_twice() {
    ASSERT_TRUE(watched_->pass());
    clock_.advance(seconds(5));
    ASSERT_TRUE(watched_->pass());
  }
  /// What the inbox holds, by SOP Instance UID; "refused" for what cannot be read.
  std::vector<std::string> kept() {
    std::vector<std::string> sops;
    const std::vector<SpooledInstance> items = world_.inbox().claim(1'000, 1U << 30U).value();
    for (const SpooledInstance& item : items)
      sops.push_back(item.attributes ? item.attributes->sop_uid.get() : "refused");
    return sops;
  }

  /// Everything that the inbox holds is recorded.
  void empty_inbox() { ASSERT_TRUE(world_.inbox().finish(world_.inbox().claim(1'000, 1U << 30U).value())); }

  World world_;
  Metrics metrics_;
  ManualClock clock_;
  dicom::ReadOptions read_;
  TestFolder folder_;
  TestFolder journal_;
  std::optional<Door> door_;
  WatchOptions options_;
  std::unique_ptr<WatchedFolder> watched_;
};

TEST_F(WatchedFolderTest, TakesAFileAndMovesItToDone) {
  folder_.write("scan/one.dcm", image(1));
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  EXPECT_THAT(folder_.files(), ElementsAre("done/scan/one.dcm"));
  EXPECT_EQ(folder_.read("done/scan/one.dcm"), image(1));
}

TEST_F(WatchedFolderTest, WaitsUntilAFileHasStoppedGrowing) {
  const std::string whole = image(1);
  folder_.write("one.dcm", whole.substr(0, 100));
  watch();
  ASSERT_TRUE(watched_->pass());
  clock_.advance(seconds(4));
  folder_.write("one.dcm", whole);
  ASSERT_TRUE(watched_->pass());
  clock_.advance(seconds(4));
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(folder_.files(), ElementsAre("one.dcm"));
  EXPECT_EQ(watched_->state().waiting, 1U);
  clock_.advance(seconds(1));
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(folder_.files(), ElementsAre("done/one.dcm"));
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
}

TEST_F(WatchedFolderTest, MeasuresByAClockThatNobodySets) {
  folder_.write("one.dcm", image(1));
  watch();
  ASSERT_TRUE(watched_->pass());
  clock_.set_wall(clock_.now() + 86'400'000'000);
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(folder_.files(), ElementsAre("one.dcm"));
}

TEST_F(WatchedFolderTest, PutsWhatItCannotReadAsideWithTheReason) {
  folder_.write("cut.dcm", image(1).substr(0, 400));
  folder_.write("a/readme.txt", "these are the images of last week");
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("failed/cut.dcm", "failed/cut.dcm.reason.txt",
                                                    "failed/a/readme.txt", "failed/a/readme.txt.reason.txt"));
  EXPECT_THAT(folder_.read("failed/cut.dcm.reason.txt"), HasSubstr("ends"));
  EXPECT_THAT(folder_.read("failed/a/readme.txt.reason.txt"), HasSubstr("no DICOM file"));
  EXPECT_THAT(kept(), ElementsAre("refused")) << "the cut one is kept, so that it becomes a dead letter";
}

TEST_F(WatchedFolderTest, LeavesAloneWhatIsNotForIt) {
  for (const char* name : {"one.dcm.part", ".two.dcm", "three.tmp", ".git/four", "five~", "done/six", "failed/seven"})
    folder_.write(name, image(1));
  const std::vector<std::string> before = folder_.files();
  watch();
  look_twice();
  EXPECT_EQ(folder_.files(), before);
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(WatchedFolderTest, GivesANumberToANameThatIsTaken) {
  watch();
  for (int round = 1; round <= 3; ++round) {
    folder_.write("one.dcm", image(round));
    look_twice();
  }
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/one.dcm", "done/one.2.dcm", "done/one.3.dcm"));
  EXPECT_EQ(folder_.read("done/one.3.dcm"), image(3));
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1", "1.2.3.1.2", "1.2.3.1.3"));
}

TEST_F(WatchedFolderTest, TakesEveryFileOfAnArchive) {
  folder_.write("study.zip", zip_of({{"a/1", image(1)}, {"a/2", image(2)}, {"readme.txt", "a readme"}}));
  folder_.write("half.zip", zip_of({{"3", image(3)}, {"cut", image(4).substr(0, 400)}}));
  watch();
  look_twice();
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "1.2.3.1.2", "1.2.3.1.3", "refused"));
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/study.zip", "failed/half.zip", "failed/half.zip.reason.txt"));
  EXPECT_THAT(folder_.read("failed/half.zip.reason.txt"),
              HasSubstr("1 files of the archive were taken, 1 were not:\ncut: "));
}

TEST_F(WatchedFolderTest, ReadsADirectoryOfMediaPast) {
  std::string directory = image(1);
  const std::string_view ct = "1.2.840.10008.5.1.4.1.1.2";
  directory.replace(directory.find(ct), ct.size() + 1, std::string("1.2.840.10008.1.3.10\0\0\0\0\0\0", 26));
  folder_.write("DICOMDIR", directory);
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(), ElementsAre("done/DICOMDIR"));
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(WatchedFolderTest, LeavesFilesWhereTheyAreAndRemembersThem) {
  options_.keep = true;
  folder_.write("one.dcm", image(1));
  folder_.write("readme", "text");
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(), ElementsAre("one.dcm", "readme"));
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  watch();  // as after a restart
  look_twice();
  EXPECT_THAT(kept(), IsEmpty());
  folder_.write("one.dcm", image(22));
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.22")) << "other bytes under the same name are another file";
}

TEST_F(WatchedFolderTest, ForgetsNothingWhileTheFolderLooksEmpty) {
  options_.keep = true;
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  const std::filesystem::path aside = journal_.path() / "aside";
  std::filesystem::rename(folder_.path() / "one.dcm", aside);
  look_twice();
  std::filesystem::rename(aside, folder_.path() / "one.dcm");
  EXPECT_EQ(kept().size(), 1U);
  look_twice();
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(WatchedFolderTest, PausesWhileTheFolderIsAway) {
  folder_.write("one.dcm", image(1));
  watch();
  ASSERT_TRUE(watched_->pass());
  const std::filesystem::path away = journal_.path() / "away";
  std::filesystem::rename(folder_.path(), away);
  const Result<bool> looked = watched_->pass();
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, Errc::unavailable);
  EXPECT_TRUE(looked.error().transient());
  std::filesystem::rename(away, folder_.path());
  clock_.advance(seconds(5));
  ASSERT_TRUE(watched_->pass());
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
}

TEST_F(WatchedFolderTest, CountsAFileThatItMayNotReadAndTriesAgain) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  folder_.write("one.dcm", image(1));
  ::chmod((folder_.path() / "one.dcm").c_str(), 0);
  watch();
  look_twice();
  EXPECT_EQ(watched_->state().refused, 1U);
  EXPECT_THAT(folder_.files(), ElementsAre("one.dcm"));
  ::chmod((folder_.path() / "one.dcm").c_str(), 0600);
  look_twice();
  EXPECT_EQ(watched_->state().refused, 0U);
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
}

TEST_F(WatchedFolderTest, CountsAFolderThatItDoesNotRead) {
  std::string deep = "deep";
  for (int i = 0; i < 70; ++i) deep += "/d";
  folder_.write(deep + "/one.dcm", image(1));
  folder_.write("two.dcm", image(2));
  watch();
  look_twice();
  EXPECT_EQ(watched_->state().refused, 1U);
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.2"));
}

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
  EXPECT_EQ(watched_->state().refused, 1U);
  EXPECT_THAT(watched_->state().why_refused, HasSubstr("INBOX_LIMIT_GIB"));
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
  EXPECT_FALSE(watched_->state().has_room);
  folder_.write("two.dcm", image(2));
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/one.dcm", "two.dcm"));
  empty_inbox();
  EXPECT_TRUE(watched_->state().has_room);
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/one.dcm", "done/two.dcm"));
}

TEST_F(WatchedFolderTest, EndsWithinAFileWhenTheProgramStops) {
  folder_.write("one.dcm", image(1));
  folder_.write("study.zip", zip_of({{"1", image(1)}, {"2", image(2)}}));
  std::stop_source stop;
  FileIntake intake(*door_, stop.get_token());
  stop.request_stop();
  TreeWalk walk(folder_.path());
  for (auto file = walk.next().value(); file; file = walk.next().value()) {
    const Result<Intake> taken = intake.take(folder_.path() / file->relative, file->stamp, {});
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::cancelled);
  }
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(WatchedFolderTest, TakesManyFilesAtOnce) {
  for (int i = 0; i < 300; ++i) folder_.write(format("{}/{}", i % 7, i), image(i));
  watch();
  look_twice();
  EXPECT_EQ(kept().size(), 300U);
  EXPECT_EQ(std::ranges::count_if(folder_.files(), [](const std::string& name) { return name.starts_with("done/"); }),
            300);
}

TEST_F(WatchedFolderTest, SeesANewFileAtOnceWhereTheKernelTells) {
  options_.interval = std::chrono::hours(1);
  options_.stable = std::chrono::milliseconds(0);
  watch();
  watched_->start();
  ASSERT_TRUE(eventually([&] { return folder_.has("failed"); })) << "the first look";
  folder_.write("one.dcm", image(1));
  EXPECT_TRUE(eventually([&] { return folder_.has("done/one.dcm"); }));
  watched_->stop();
}

TEST(CheckApart, RefusesAFolderThatLiesInOursOrAroundIt) {
  const TestFolder folder;
  std::filesystem::create_directories(folder.path() / "data/storage");
  std::filesystem::create_directory_symlink(folder.path() / "data", folder.path() / "link");
  const std::filesystem::path storage = folder.path() / "data/storage";
  const std::array ours = {storage};
  for (const char* watched :
       {"", "data", "data/storage", "data/storage/in", "link/storage", "data/./storage/../storage"})
    EXPECT_FALSE(check_apart(folder.path() / watched, ours)) << watched;
  for (const char* watched : {"data/incoming", "data/storage2", "in"})
    EXPECT_TRUE(check_apart(folder.path() / watched, ours)) << watched;
}

}  // namespace
}  // namespace dmw::sources
