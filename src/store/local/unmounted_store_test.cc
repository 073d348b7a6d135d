// A store whose volume goes and comes back, where this user may mount one.
#include <filesystem>

#include <gmock/gmock.h>
#include <sys/mount.h>

#include "store/local/local_store.h"
#include "store/object_store_contract.h"
#include "testing/scratch_folder.h"

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class UnmountedStore : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* part : {"volume", "store", "spool"}) fs::create_directory(folder_ / part);
    if (!mount()) GTEST_SKIP() << "no right to mount: only root can try this";
  }
  void TearDown() override {
    while (::umount2(root().c_str(), MNT_DETACH) == 0) {
    }
  }
  fs::path root() const { return folder_ / "store"; }
  /// The volume, which keeps what is in it.
  bool mount() const { return ::mount((folder_ / "volume").c_str(), root().c_str(), "", MS_BIND, "") == 0; }
  /// As umount does it: refused while anybody has something open in it.
  void unmount() const { ASSERT_EQ(::umount2(root().c_str(), 0), 0) << "busy"; }
  std::unique_ptr<ObjectStore> open() const {
    return local::open({.root = root(), .locate = contract::locate}).value();
  }

  const ScratchFolder folder_ = ScratchFolder::on_disk();
};

TEST_F(UnmountedStore, IsAwayAndNothingIsMadeBelowItsMountPoint) {
  const auto store = open();
  const contract::Bench bench{*store, folder_ / "spool"};
  const Put first = bench.item("1", "data");
  ASSERT_TRUE(store->put({&first, 1}).at(0));
  unmount();
  const Put second = bench.item("2", "more");
  const Document document{ObjectKey("dead-letters/0123"), "text"};
  EXPECT_EQ(store->put({&second, 1}).at(0).error().code, Errc::unavailable);
  const std::vector<Result<>> failed = {
      store->write({&document, 1}).at(0),
      store->read(first.key, {}, [](ByteView) { return Result<>(); }),
      store->remove(first.key),
      store->probe(),
  };
  for (const Result<>& one : failed) {
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().code, Errc::unavailable) << one.error().message();
    EXPECT_THAT(one.error().what, HasSubstr("STORAGE_PATH"));
    EXPECT_THAT(one.error().what, HasSubstr("is its volume mounted?"));
    EXPECT_FALSE(one.error().what.contains(folder_.path().string())) << "no path for a stranger";
  }
  EXPECT_EQ(store->stat(first.key).error().code, Errc::unavailable) << "and not an object that is not there";
  EXPECT_TRUE(fs::is_empty(root()));
  EXPECT_TRUE(fs::exists(second.file)) << "it stays in the inbox";

  ASSERT_TRUE(mount());
  EXPECT_TRUE(store->probe()) << "it goes on by itself";
  EXPECT_TRUE(store->put({&second, 1}).at(0));
  EXPECT_EQ(bench.bytes_of(first.key).value(), contract::Bench::image('p', "data"));
}

TEST_F(UnmountedStore, IsNotTheStoreThatSomebodyElseHasAtItsPath) {
  const auto store = open();
  const contract::Bench bench{*store, folder_ / "spool"};
  unmount();
  const auto other = open();  // a start that took the mount point for a new store
  const Put put = bench.item("1", "data");
  EXPECT_EQ(store->put({&put, 1}).at(0).error().code, Errc::unavailable);
  EXPECT_TRUE(fs::is_empty(root() / "studies"));
  ASSERT_TRUE(mount());
  EXPECT_TRUE(store->put({&put, 1}).at(0));
}

TEST_F(UnmountedStore, IsTheSameUnderTheNumberOfAnotherDevice) {
  const auto store = open();
  unmount();
  ASSERT_EQ(::mount("dmw-test", root().c_str(), "tmpfs", 0, "size=4m"), 0);
  EXPECT_EQ(store->probe().error().code, Errc::unavailable);
  EXPECT_TRUE(fs::is_empty(root()));
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "volume")) {
    const fs::path copy = root() / fs::relative(entry.path(), folder_ / "volume");
    entry.is_directory() ? static_cast<void>(fs::create_directories(copy)) : fs::copy(entry.path(), copy);
  }
  EXPECT_TRUE(store->probe()) << "device and inode are others, the name is its own";
}

TEST_F(UnmountedStore, IsNotMadeAnewAtAStartThatKnowsIt) {
  const std::string id = open()->store_id();
  unmount();
  const auto opened = local::open({.root = root(), .locate = contract::locate, .expected_id = id});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::unavailable);
  EXPECT_THAT(opened.error().what, HasSubstr("mount its volume"));
  EXPECT_TRUE(fs::is_empty(root()));
  ASSERT_TRUE(mount());
  EXPECT_EQ(local::open({.root = root(), .locate = contract::locate, .expected_id = id}).value()->store_id(), id);
}

}  // namespace
}  // namespace dmw::store::local
