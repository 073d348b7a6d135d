#include "sources/files/tree_walk.h"

#include <set>

#include <gmock/gmock.h>

#include "base/format.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {
namespace {

using ::testing::UnorderedElementsAre;

FolderTree tree_of(const std::filesystem::path& root) {
  return FolderTree::open(root).value();
}

std::vector<std::string> walked(TreeWalk walk, std::vector<Error>* errors = nullptr) {
  std::vector<std::string> found;
  while (true) {
    const Result<std::optional<FoundFile>> next = walk.next();
    if (!next && errors != nullptr) errors->push_back(next.error());
    if (!next) continue;
    if (!*next) return found;
    found.push_back((*next)->relative);
  }
}

TEST(TreeWalk, FindsEveryFileBelowAFolder) {
  const ScratchFolder folder;
  for (const char* name : {"one", "a/two", "a/b/three", "a/b/.hidden", "c/d/e/f/four"}) folder.write(name, name);
  std::filesystem::create_directories(folder.path() / "empty");
  const FolderTree tree = tree_of(folder.path());
  EXPECT_THAT(walked(TreeWalk(tree)), UnorderedElementsAre("one", "a/two", "a/b/three", "a/b/.hidden", "c/d/e/f/four"));
  EXPECT_THAT(walked(TreeWalk(tree, [](const std::string& relative) { return relative != "a/b"; })),
              UnorderedElementsAre("one", "a/two", "c/d/e/f/four"));
}

TEST(TreeWalk, StaysInsideAndEndsWhereLinksLeadElsewhere) {
  const ScratchFolder outside;
  outside.write("secret", "not of the folder");
  const ScratchFolder folder;
  folder.write("a/one", "1");
  std::filesystem::create_directory_symlink(outside.path(), folder.path() / "out");
  std::filesystem::create_symlink(outside.path() / "secret", folder.path() / "file");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "a/round");
  const FolderTree tree = tree_of(folder.path());
  TreeWalk walk(tree);
  EXPECT_EQ((*walk.next())->relative, "a/one");
  EXPECT_FALSE(walk.next()->has_value());
  EXPECT_EQ(walk.links(), 3U);
}

TEST(TreeWalk, FollowsTheFolderItselfWhenItIsALink) {
  const ScratchFolder folder;
  folder.write("in/one", "1");
  std::filesystem::create_directory_symlink(folder.path() / "in", folder.path() / "link");
  const FolderTree tree = tree_of(folder.path() / "link");
  EXPECT_THAT(walked(TreeWalk(tree)), UnorderedElementsAre("one"));
}

TEST(TreeWalk, GoesOnAfterAFolderThatItDoesNotRead) {
  const ScratchFolder folder;
  std::string deep = "deep";
  for (int i = 0; i < 70; ++i) deep += format("/{}", i);
  folder.write(deep + "/lost", "");
  folder.write("found", "");
  std::vector<Error> errors;
  const FolderTree tree = tree_of(folder.path());
  EXPECT_THAT(walked(TreeWalk(tree), &errors), UnorderedElementsAre("found"));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, Errc::too_deep);
}

TEST(TreeWalk, GoesOnWithoutAFolderThatBecameALink) {
  const ScratchFolder outside;
  outside.write("secret", "not of the folder");
  const ScratchFolder folder;
  folder.write("a/one", "1");
  folder.write("b/two", "2");
  const FolderTree tree = tree_of(folder.path());
  TreeWalk walk(tree);
  const std::string first = (*walk.next())->relative;
  // Both were seen as folders when the root was read.
  const char* other = first == "a/one" ? "b" : "a";
  std::filesystem::remove_all(folder.path() / other);
  std::filesystem::create_directory_symlink(outside.path(), folder.path() / other);
  const Result<std::optional<FoundFile>> next = walk.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Errc::unsupported);
  EXPECT_FALSE(walk.next()->has_value());
}

TEST(TreeWalk, StampsAFileSoThatAChangeShows) {
  const ScratchFolder folder;
  folder.write("one", "1");
  const FolderTree tree = tree_of(folder.path());
  const FileStamp before = (*TreeWalk(tree).next())->stamp;
  EXPECT_EQ((*TreeWalk(tree).next())->stamp, before);
  folder.write("one", "1 and more");
  EXPECT_NE((*TreeWalk(tree).next())->stamp, before);
}

}  // namespace
}  // namespace dmw::sources
