#include "base/mount_table.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/format.h"
#include "testing/scratch_folder.h"

namespace dmw {
namespace {

namespace fs = std::filesystem;

class MountTableTest : public ::testing::Test {
 protected:
  MountTableTest() {
    fs::create_directories(folder / "mnt" / "data");
    table = {.wanted = folder / "fstab", .mounted = folder / "mountinfo"};
    mounted("/");
  }
  void wanted(const std::string& mount_point) {
    std::ofstream(table.wanted, std::ios::app) << format("UUID=1\t{}  ext4 defaults 0 2\n", mount_point);
  }
  void mounted(const std::string& mount_point) {
    std::ofstream(table.mounted, std::ios::app) << format("36 35 98:0 / {} rw - ext4 /dev/sda1 rw\n", mount_point);
  }
  std::string above(const fs::path& path) { return table.unmounted_above(path).value_or("").string(); }

  const ScratchFolder folder = ScratchFolder::on_disk();
  MountTable table;
};

TEST_F(MountTableTest, NamesTheMountPointOfAVolumeThatIsNotMounted) {
  const std::string data = folder / "mnt" / "data";
  EXPECT_EQ(above(data), "");
  wanted(data + "/");
  EXPECT_EQ(above(data), data);
  EXPECT_EQ(above(data + "/storage/inbox"), data);
  EXPECT_EQ(above(folder / "mnt" / "data2"), "");
  EXPECT_EQ(above(folder / "mnt"), "");
  fs::create_symlink(data, folder / "link");
  EXPECT_EQ(above(folder / "link" / "storage"), data);
  mounted(data);
  EXPECT_EQ(above(data + "/storage"), "");
}

TEST_F(MountTableTest, WhatIsMountedFurtherInIsEnough) {
  wanted(folder / "mnt");
  mounted(folder / "mnt" / "data");
  EXPECT_EQ(above(folder / "mnt" / "data" / "storage"), "");
  EXPECT_EQ(above(folder / "mnt" / "other"), folder / "mnt");
}

TEST_F(MountTableTest, ReadsWhatFstabMayHave) {
  std::ofstream(table.wanted) << "# " << (folder / "mnt").string() << "\n\n/dev/sda2 none swap sw 0 0\n"
                              << "# UUID=1 " << (folder / "mnt").string() << " ext4\nproc /proc proc\n/dev/sdb1\n";
  EXPECT_EQ(above(folder / "mnt" / "storage"), "");
  fs::create_directory(folder / "my data");
  wanted((folder / "my\\040data").string());
  EXPECT_EQ(above(folder / "my data" / "storage"), folder / "my data");
}

TEST_F(MountTableTest, SaysNothingWhereNobodyKnows) {
  wanted(folder / "mnt");
  fs::remove(table.mounted);
  EXPECT_EQ(above(folder / "mnt" / "storage"), "");
  fs::remove(table.wanted);
  EXPECT_TRUE(check_mounted(table, folder / "mnt" / "storage", "STORAGE_PATH"));
}

TEST_F(MountTableTest, TellsWhatToDo) {
  wanted(folder / "mnt");
  const Result<> checked = check_mounted(table, folder / "mnt" / "storage", "STORAGE_PATH");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::unavailable);
  EXPECT_EQ(checked.error().what,
            format("{0}/mnt/storage (STORAGE_PATH) is not there yet and would be created below {0}/mnt, where nothing "
                   "is mounted although {0}/fstab lists a mount: mount the volume, or remove the line",
                   folder.path().string()));
}

}  // namespace
}  // namespace dmw
