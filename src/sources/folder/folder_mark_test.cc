// Two installations at one watched folder: the second one takes nothing, and says who does.
#include "sources/folder/folder_mark.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/folder/test_watched.h"

namespace dmw::sources {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FolderMarkTest : public WatchedFolderTest {
 protected:
  FolderMarkTest() { be(here_); }

  /// From the next watch() on.
  void be(std::optional<Uuid> installation) {
    options_.mark = {.catalog_id = [installation] { return installation; },
                     .place = "here:/data/inbox",
                     .note = journal_.path() / "installation"};
  }
  void be_another() {
    be(Uuid::random());
    options_.mark.note = journal_.path() / "installation of another";
  }
  std::string why_not() {
    const Result<bool> looked = watched_->pass();
    return looked ? "" : looked.error().message();
  }

  const Uuid here_ = Uuid::random();
};

TEST_F(FolderMarkTest, NamesTheInstallationThatMovesFilesOnceItMovesOne) {
  watch();
  look_twice();
  EXPECT_FALSE(folder_.has(".dicom-middleware")) << "an empty mount point stays empty";
  folder_.write("one.dcm", image(1));
  look_twice();
  EXPECT_THAT(folder_.files(), ElementsAre(".dicom-middleware", "done/one.dcm"));
  EXPECT_THAT(folder_.read(".dicom-middleware"), HasSubstr("catalog " + here_.text() + "\nat here:/data/inbox\n"));
}

TEST_F(FolderMarkTest, AnotherInstallationTakesNothingAndSaysWhoDoes) {
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  be_another();
  watch();
  folder_.write("two.dcm", image(2));
  EXPECT_THAT(why_not(), HasSubstr("is watched by another installation (here:/data/inbox, catalog " + here_.text() +
                                   "), which moves its files: use another folder, or remove " +
                                   (folder_.path() / ".dicom-middleware").string()));
  clock_.advance(seconds(5));
  EXPECT_NE(why_not(), "");
  EXPECT_TRUE(folder_.has("two.dcm"));
  std::filesystem::remove(folder_.path() / ".dicom-middleware");
  look_twice();
  EXPECT_TRUE(folder_.has("done/two.dcm"));
  be(here_);
  watch();
  EXPECT_THAT(why_not(), HasSubstr("another installation"));
}

TEST_F(FolderMarkTest, OfTwoThatMarkAFolderAtOnceOneTakesNothing) {
  const auto marking = [&](const std::string& place) {
    return FolderMark({.catalog_id = [id = Uuid::random()] { return id; }, .place = place});
  };
  FolderMark first = marking("first");
  FolderMark second = marking("second");
  const FolderTree tree = FolderTree::open(folder_.path()).value();
  ASSERT_TRUE(first.check(tree, folder_.path()));
  ASSERT_TRUE(second.check(tree, folder_.path())) << "neither has marked it yet";
  EXPECT_TRUE(first.set(tree, folder_.path()));
  const Result<> late = second.set(tree, folder_.path());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
  EXPECT_THAT(late.error().message(), HasSubstr("is watched by another installation (first, catalog "));
  EXPECT_EQ(FolderMark::read(tree).value().value().place, "first");
}

TEST_F(FolderMarkTest, AReaderThatLeavesFilesWhereTheyAreMarksNothingAndMayStandBesideAnother) {
  options_.keep = true;
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  EXPECT_FALSE(folder_.has(".dicom-middleware"));
  be_another();
  options_.journal = journal_.path() / "taken by another";
  watch();
  look_twice();
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(FolderMarkTest, AReaderTakesNothingWhereAnotherInstallationMovesFiles) {
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  be_another();
  options_.keep = true;
  watch();
  EXPECT_THAT(why_not(), HasSubstr("another installation"));
}

TEST_F(FolderMarkTest, AMarkThatACrashHasCutIsMadeAgain) {
  for (const char* cut :
       {"", "This folder is watched by an installation of DICOM Middleware, which moves\ncatalog 12"}) {
    folder_.write(".dicom-middleware", cut);
    folder_.write("one.dcm", image(1));
    watch();
    look_twice();
    EXPECT_THAT(folder_.read(".dicom-middleware"), HasSubstr("catalog " + here_.text() + "\n"));
  }
}

TEST_F(FolderMarkTest, AStartWithoutItsCatalogKnowsItsMarkFromTheLifeBefore) {
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  be(std::nullopt);
  watch();
  folder_.write("two.dcm", image(2));
  look_twice();
  EXPECT_TRUE(folder_.has("done/two.dcm"));
  std::filesystem::remove(options_.mark.note);
  watch();
  EXPECT_THAT(why_not(), HasSubstr("whether it is this one will be known when the catalog is open"));
}

TEST_F(FolderMarkTest, AFirstStartWithoutItsCatalogTakesWhatNobodyHasMarked) {
  be(std::nullopt);
  folder_.write("one.dcm", image(1));
  watch();
  look_twice();
  EXPECT_THAT(folder_.files(), ElementsAre("done/one.dcm"));
}

TEST_F(FolderMarkTest, ALinkInItsPlaceLeadsNowhere) {
  const std::filesystem::path elsewhere = journal_.path() / "elsewhere";
  std::filesystem::create_symlink(elsewhere, folder_.path() / ".dicom-middleware");
  folder_.write("one.dcm", image(1));
  watch();
  EXPECT_THAT(why_not(), HasSubstr(".dicom-middleware cannot be read"));
  EXPECT_FALSE(std::filesystem::exists(elsewhere));
}

TEST_F(FolderMarkTest, WhereItCannotBeWrittenFilesAreTakenAndThePartSaysSo) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  folder_.write("done/x", "");
  folder_.write("failed/x", "");
  folder_.write("scans/one.dcm", image(1));
  ::chmod(folder_.path().c_str(), 0555);
  watch();
  look_twice();
  EXPECT_TRUE(folder_.has("done/scans/one.dcm"));
  EXPECT_EQ(watched_->state().state, PartState::State::ok);
  EXPECT_THAT(watched_->state().reason, HasSubstr("cannot be marked"));
  ::chmod(folder_.path().c_str(), 0755);
}

}  // namespace
}  // namespace dmw::sources
