#include "testing/scratch_folder.h"

#include <gmock/gmock.h>

#include "testing/eventually.h"

namespace dmw {
namespace {

using testing::ElementsAre;

TEST(ScratchFolder, IsGoneWithItsOwnerAndWhatIsInIt) {
  std::filesystem::path path;
  {
    const ScratchFolder folder;
    path = folder;
    EXPECT_EQ(folder.write("deep/a", "abc"), path / "deep" / "a");
    folder.write("b", "");
    EXPECT_EQ(folder.read("deep/a"), "abc");
    EXPECT_TRUE(folder.has("deep"));
    EXPECT_THAT(folder.files(), ElementsAre("b", "deep/a"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ScratchFolder, IsOneOfItsOwn) {
  const ScratchFolder one = ScratchFolder::on_disk();
  const ScratchFolder other = ScratchFolder::on_disk();
  EXPECT_NE(one.path(), other.path());
}

TEST(Eventually, SaysWhetherItHeldInTime) {
  int asked = 0;
  EXPECT_TRUE(eventually([&] { return ++asked == 3; }));
  EXPECT_FALSE(eventually([] { return false; }, std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace dmw
