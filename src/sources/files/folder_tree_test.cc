#include "sources/files/folder_tree.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "base/format.h"
#include "sources/folder/fitting_name.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {
namespace {

/// Both ways to walk a name, since one of them is for older kernels.
class FolderTreeTest : public ::testing::TestWithParam<FolderTree::Walk> {
 protected:
  FolderTree tree() { return FolderTree::open(folder_.path(), GetParam()).value(); }
  template <typename T>
  static Errc code_of(const Result<T>& result) {
    return result ? Errc::internal : result.error().code;
  }
  const ScratchFolder folder_;
  const ScratchFolder outside_;
};

INSTANTIATE_TEST_SUITE_P(Walks, FolderTreeTest,
                         ::testing::Values(FolderTree::Walk::openat2, FolderTree::Walk::by_name));

TEST_P(FolderTreeTest, OpensWhatIsBelow) {
  folder_.write("a/b/one", "1");
  EXPECT_TRUE(tree().file("a/b/one"));
  EXPECT_TRUE(tree().folder("a/b"));
  EXPECT_TRUE(tree().folder(""));
  EXPECT_EQ(code_of(tree().file("a/b/two")), Errc::not_found);
  EXPECT_EQ(code_of(tree().folder("c/d")), Errc::not_found);
  EXPECT_EQ(code_of(tree().folder("a/b/one")), Errc::unsupported);
  EXPECT_TRUE(tree().make_folder("c/d/e"));
  EXPECT_TRUE(tree().make_folder("c/d/e"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_.path() / "c/d/e"));
}

TEST_P(FolderTreeTest, FollowsNoLinkAnywhereInAName) {
  outside_.write("in/one", "1");
  folder_.write("a/one", "1");
  std::filesystem::create_directory_symlink(outside_.path(), folder_.path() / "out");
  std::filesystem::create_symlink(outside_.path() / "in/one", folder_.path() / "a/file");
  std::filesystem::create_directory_symlink("../a", folder_.path() / "a/self");
  for (const char* name : {"out/in/one", "a/file", "a/self/one"}) {
    EXPECT_EQ(code_of(tree().file(name)), Errc::unsupported) << name;
  }
  for (const char* name : {"out", "out/in", "a/self"}) {
    const Result<File> folder = tree().folder(name);
    EXPECT_EQ(code_of(folder), Errc::unsupported) << name;
    EXPECT_THAT(folder.error().what, ::testing::HasSubstr("symbolic link")) << name;
  }
  EXPECT_EQ(code_of(tree().make_folder("out/new")), Errc::unsupported);
  EXPECT_FALSE(outside_.has("new"));
}

TEST_P(FolderTreeTest, ReadsNothingButFiles) {
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  folder_.write("a/one", "1");
  EXPECT_EQ(code_of(tree().file("pipe")), Errc::unsupported);
  EXPECT_EQ(code_of(tree().file("a")), Errc::unsupported);
}

TEST_P(FolderTreeTest, ReachesNamesThatAreTooLongForOneCall) {
  const FolderTree opened = tree();
  std::string deep;
  for (int i = 0; i < 30; ++i) deep += (deep.empty() ? "" : "/") + std::string(250, static_cast<char>('a' + i % 26));
  EXPECT_TRUE(opened.make_folder(deep));
  EXPECT_TRUE(opened.folder(deep));
}

TEST(FolderTree, SaysThatAFolderIsNotThere) {
  EXPECT_EQ(FolderTree::open("/nowhere/at/all").error().code, Errc::not_found);
  EXPECT_EQ(FolderTree::open("/etc/passwd").error().code, Errc::unsupported);
}

TEST(NumberedName, FitsAndKeepsTheExtension) {
  EXPECT_EQ(numbered_name("one.dcm", 1, 255), "one.dcm");
  EXPECT_EQ(numbered_name("one.dcm", 2, 255), "one.2.dcm");
  EXPECT_EQ(numbered_name("one", 12, 255), "one.12");
  EXPECT_EQ(numbered_name(".hidden", 2, 255), ".hidden.2");
  const std::string longest = std::string(251, 'a') + ".dcm";
  EXPECT_EQ(numbered_name(longest, 1, 255), longest);
  EXPECT_EQ(numbered_name(longest, 2, 255), std::string(249, 'a') + ".2.dcm");
  EXPECT_EQ(numbered_name(longest, 1, 244), std::string(240, 'a') + ".dcm");
  EXPECT_EQ(numbered_name(std::string(255, '.'), 3, 244).size(), 244U);
  EXPECT_EQ(numbered_name("1.2." + std::string(251, '9'), 1, 244).size(), 244U) << "a UID is no long extension";
}

TEST(NumberedName, CutsBetweenTwoCharacters) {
  std::string name;
  for (int i = 0; i < 63; ++i) name += "\xF0\x9F\xA9\xBB";  // four bytes each
  for (std::size_t room = 244; room > 240; --room) EXPECT_EQ(numbered_name(name, 1, room).size(), room / 4 * 4) << room;
  EXPECT_EQ(numbered_name(std::string(255, '\x80'), 1, 100).size(), 100U) << "not UTF-8: cut anywhere";
}

}  // namespace
}  // namespace dmw::sources
