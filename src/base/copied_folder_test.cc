#include "base/copied_folder.h"

#include <fstream>

#include <gtest/gtest.h>

#include "testing/scratch_folder.h"

namespace dmw {
namespace {

namespace fs = std::filesystem;

class CopiedFolderTest : public ::testing::Test {
 protected:
  CopiedFolderTest() { root_.write("source", "abc"); }
  Result<CopiedFolder> begin(const CopiedFolder::Room& room = [] { return Result<>(); }) {
    return CopiedFolder::begin(root_ / "copy", room);
  }
  std::string text(const fs::path& name) { return root_.read(name); }

  const ScratchFolder root_;
};

TEST_F(CopiedFolderTest, HasItsNameOnceItIsWhole) {
  Result<CopiedFolder> folder = begin();
  ASSERT_TRUE(folder) << folder.error().message();
  const Result<CopiedFolder::File> copied = folder->copy("a/b", root_ / "source");
  ASSERT_TRUE(copied) << copied.error().message();
  ASSERT_TRUE(folder->list(*copied));
  EXPECT_FALSE(fs::exists(root_ / "copy"));
  ASSERT_TRUE(folder->finish());
  EXPECT_EQ(text("copy/a/b"), "abc");
  EXPECT_EQ(text("copy/SHA256SUMS"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a/b\n");
  EXPECT_FALSE(fs::exists(root_ / "copy.unfinished"));
}

TEST_F(CopiedFolderTest, LeavesNothingOfACopyThatFailed) {
  {
    Result<CopiedFolder> folder = begin([] { return fail(Errc::full, "no room"); });
    ASSERT_TRUE(folder);
    const auto much = [](const CopiedFolder::Sink& sink) -> Result<> {
      const std::vector<std::byte> mebibyte(1U << 20U);
      for (int i = 0; i < 100; ++i) TRY(sink(mebibyte));
      return {};
    };
    EXPECT_EQ(folder->write("a", much).error().what, "no room");
    EXPECT_EQ(folder->copy("b", root_ / "missing").error().code, Errc::not_found);
  }
  EXPECT_FALSE(fs::exists(root_ / "copy.unfinished"));
  EXPECT_FALSE(fs::exists(root_ / "copy"));
}

TEST_F(CopiedFolderTest, TouchesNothingThatIsThere) {
  fs::create_directory(root_ / "copy");
  std::ofstream(root_ / "copy" / "mine") << "x";
  EXPECT_EQ(begin().error().code, Errc::conflict);
  fs::remove(root_ / "copy" / "mine");
  fs::create_directory(root_ / "copy.unfinished");
  std::ofstream(root_ / "copy.unfinished" / "left") << "x";
  const Result<CopiedFolder> beside = begin();
  EXPECT_EQ(beside.error().code, Errc::conflict);
  EXPECT_NE(beside.error().what.find("copy.unfinished exists"), std::string::npos) << beside.error().what;
  EXPECT_TRUE(fs::exists(root_ / "copy.unfinished" / "left"));
}

TEST_F(CopiedFolderTest, TakesAnEmptyFolder) {
  fs::create_directory(root_ / "copy");
  Result<CopiedFolder> folder = begin();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(folder->finish());
  EXPECT_TRUE(fs::exists(root_ / "copy" / "SHA256SUMS"));
}

}  // namespace
}  // namespace dmw
