#include "sources/folder/watched_folder.h"

#include <array>
#include <stop_token>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "sources/files/test_zip.h"
#include "sources/folder/test_watched.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(WatchedFolderTest, TakesAFileAndMovesItToDone) {
  folder_.write("scan/one.dcm", image(1));
  watch();
  look_twice();
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
  EXPECT_THAT(folder_.files(), ElementsAre("done/scan/one.dcm"));
  EXPECT_EQ(folder_.read("done/scan/one.dcm"), image(1));
}

TEST_F(WatchedFolderTest, LogsEachLookThatTookFilesInOneLine) {
  folder_.write("a.dcm", image(1));
  folder_.write("b.dcm", image(2));
  folder_.write("notes.txt", "read me");
  watch();
  testing::internal::CaptureStderr();
  look_twice();
  ASSERT_TRUE(watched_->pass());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, ::testing::EndsWith("folder  3 files of " + folder_.path().string() +
                                       ": 2 kept, 0 dead letters, 1 not DICOM\n"));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
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
  EXPECT_EQ(watched_->progress().waiting, 1U);
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

TEST_F(WatchedFolderTest, TellsWhichFileAnInstanceCameFrom) {
  folder_.write("scan/one.dcm", image(1));
  watch();
  look_twice();
  const std::vector<SpooledInstance> items = world_.inbox().claim(1, 1U << 30U).value();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].origin_resource, "scan/one.dcm");
}

TEST_F(WatchedFolderTest, LeavesAloneWhatIsNotForIt) {
  for (const char* name : {"one.dcm.part", ".two.dcm", "three.tmp", ".git/four", "five~", "done/six", "failed/seven",
                           "EIGHT.DCM.TMP", "nine.Part", "TEN.FILEPART"})
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

TEST_F(WatchedFolderTest, TakesAnInstanceThatIsCutWithItsFlag) {
  const std::string cut = image(1).substr(0, image(1).size() - 1);
  folder_.write("cut.dcm", cut);
  folder_.write("cut.zip", zip_of({{"a", cut}}));
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/cut.dcm", "done/cut.zip")) << "there is nobody to refuse";
  const std::vector<SpooledInstance> items = world_.inbox().claim(10, 1U << 30U).value();
  ASSERT_EQ(items.size(), 2U);
  for (const SpooledInstance& item : items) EXPECT_TRUE(item.header->flags.has(Flag::truncated_pixel_data));
}

TEST_F(WatchedFolderTest, TakesEveryFileOfAnArchive) {
  folder_.write("study.zip", zip_of({{"a/1", image(1)}, {"a/2", image(2)}, {"readme.txt", "a readme"}}));
  folder_.write("half.zip", zip_of({{"3", image(3)}, {"cut", image(4).substr(0, 400)}}));
  watch();
  look_twice();
  EXPECT_THAT(kept(), UnorderedElementsAre("1.2.3.1.1", "1.2.3.1.2", "1.2.3.1.3", "refused"));
  EXPECT_THAT(folder_.files(), UnorderedElementsAre("done/study.zip", "failed/half.zip", "failed/half.zip.reason.txt"));
  EXPECT_THAT(folder_.read("failed/half.zip.reason.txt"),
              HasSubstr("1 files of the archive were imported, 1 were not:\ncut: "));
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
  EXPECT_FALSE(std::filesystem::exists(folder_.path()));
  const Result<bool> looked = watched_->pass();
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, Errc::unavailable);
  EXPECT_TRUE(looked.error().transient());
  EXPECT_FALSE(std::filesystem::exists(folder_.path())) << "it is never made";
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
  EXPECT_EQ(watched_->progress().refused, 1U);
  EXPECT_THAT(folder_.files(), ElementsAre("one.dcm"));
  ::chmod((folder_.path() / "one.dcm").c_str(), 0600);
  look_twice();
  EXPECT_EQ(watched_->progress().refused, 0U);
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.1"));
}

TEST_F(WatchedFolderTest, CountsAFolderThatItDoesNotRead) {
  std::string deep = "deep";
  for (int i = 0; i < 70; ++i) deep += "/d";
  folder_.write(deep + "/one.dcm", image(1));
  folder_.write("two.dcm", image(2));
  watch();
  look_twice();
  EXPECT_EQ(watched_->progress().refused, 1U);
  EXPECT_THAT(kept(), ElementsAre("1.2.3.1.2"));
}

TEST_F(WatchedFolderTest, EndsWithinAFileWhenTheProgramStops) {
  folder_.write("one.dcm", image(1));
  folder_.write("study.zip", zip_of({{"1", image(1)}, {"2", image(2)}}));
  std::stop_source stop;
  FileIntake intake(*door_, stop.get_token());
  stop.request_stop();
  const FolderTree tree = FolderTree::open(folder_.path()).value();
  TreeWalk walk(tree);
  for (auto file = walk.next().value(); file; file = walk.next().value()) {
    const Result<Intake> taken = intake.take(tree, *file, {});
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
  folder_.write("first.dcm", image(2));
  watched_->start();
  ASSERT_TRUE(eventually([&] { return folder_.has("done/first.dcm"); })) << "the first look";
  folder_.write("one.dcm", image(1));
  EXPECT_TRUE(eventually([&] { return folder_.has("done/one.dcm"); }));
  watched_->stop(std::chrono::milliseconds(0));
}

TEST(CheckApart, RefusesAFolderThatLiesInOursOrAroundIt) {
  const ScratchFolder folder;
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
