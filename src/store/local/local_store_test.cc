#include "store/local/local_store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "store/object_store_contract.h"
#include "testing/scratch_folder.h"

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;

struct Folder : ScratchFolder {
  Folder() { fs::create_directory(path() / "spool"); }
  std::unique_ptr<ObjectStore> open() const { return local::open({path() / "store", contract::locate}).value(); }
};

class LocalStoreContract : public testing::TestWithParam<contract::Case> {};

TEST_P(LocalStoreContract, Holds) {
  const Folder folder;
  const auto store = folder.open();
  contract::Bench bench{*store, folder / "spool"};
  GetParam().run(bench);
}

INSTANTIATE_TEST_SUITE_P(Local, LocalStoreContract, testing::ValuesIn(contract::cases()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(LocalStore, KeepsItsIdentifierAndLosesItsLitter) {
  const Folder folder;
  const std::string id = folder.open()->store_id();
  std::ofstream(folder / "store/tmp/half-a-document") << "half";
  EXPECT_EQ(folder.open()->store_id(), id);
  EXPECT_TRUE(fs::is_empty(folder / "store/tmp"));
}

TEST(LocalStore, IsNotMadeBelowAMountPointOnWhichNothingIsMounted) {
  const Folder folder;
  Options options{folder / "store", contract::locate};
  options.mounts.wanted = folder / "fstab";
  std::ofstream(folder / "fstab") << "UUID=1 " << options.root.string() << " ext4 defaults 0 2\n";
  const auto refused = local::open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().what.find("(STORAGE_PATH)"), std::string::npos) << refused.error().what;
  EXPECT_FALSE(fs::exists(options.root));
  folder.open();
  EXPECT_TRUE(local::open(options)) << "one that was there before goes on";
}

TEST(LocalStore, IsLookedAtWithoutAChange) {
  const Folder folder;
  const Options options{folder / "store", contract::locate};
  EXPECT_EQ(open_to_look(options).error().code, Errc::not_found);
  EXPECT_FALSE(fs::exists(options.root)) << "nothing is made";
  const std::string id = folder.open()->store_id();
  std::ofstream(options.root / "tmp/of-a-store-that-runs") << "half";
  const auto looked = open_to_look(options).value();
  EXPECT_EQ(looked->store_id(), id);
  EXPECT_TRUE(looked->list("studies/000", [](const ObjectKey&) -> Result<> { return {}; }));
  EXPECT_TRUE(fs::exists(options.root / "tmp/of-a-store-that-runs"));
}

TEST(LocalStore, MakesADirectoryWithItsFirstObject) {
  const Folder folder;
  for (int life = 0; life < 2; ++life) {
    const auto store = folder.open();
    EXPECT_EQ(fs::is_empty(folder / "store/studies"), life == 0) << "a start makes none";
    const contract::Bench bench{*store, folder / "spool"};
    const Put put = bench.item("1", "data");
    ASSERT_TRUE(store->put({&put, 1}).at(0));
    EXPECT_EQ(bench.bytes_of(put.key).value(), contract::Bench::image('p', "data"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "store/studies"), {}), 1);
}

TEST(LocalStore, DoesNotMakeADirectoryAgainThatIsGoneWithItsObjects) {
  const Folder folder;
  const auto store = folder.open();
  const contract::Bench bench{*store, folder / "spool"};
  const Put put = bench.item("1", "data");
  ASSERT_TRUE(store->put({&put, 1}).at(0));
  fs::remove_all((folder / "store" / put.key.get()).parent_path());
  const Put again = bench.item("1", "data");
  EXPECT_EQ(store->put({&again, 1}).at(0).error().code, Errc::unavailable);
  EXPECT_TRUE(fs::exists(again.file));
  EXPECT_EQ(store->write(std::vector<Document>{{put.key, "a document"}}).at(0).error().code, Errc::unavailable);
}

TEST(LocalStore, HealsAnObjectThatRotted) {
  const Folder folder;
  const auto store = folder.open();
  const contract::Bench bench{*store, folder / "spool"};
  const Put put = bench.item("1", "data");
  ASSERT_TRUE(store->put({&put, 1}).at(0));
  std::ofstream(folder / "store" / put.key.get()) << contract::Bench::image('p', "rot!");

  EXPECT_EQ(store->put({&put, 1}).at(0).error().code, Errc::corrupted) << "the spool file is the same file";
  fs::remove(put.file);
  EXPECT_EQ(store->put({&put, 1}).at(0).error().code, Errc::corrupted) << "nothing to heal it with";
  const Put again = bench.item("1", "data");
  EXPECT_TRUE(store->put({&again, 1}).at(0));
  EXPECT_EQ(bench.bytes_of(put.key).value(), contract::Bench::image('p', "data"));
}

TEST(LocalStore, TakesFilesOfAnotherFileSystem) {
  const Folder folder;
  const ScratchFolder other = ScratchFolder::on_disk();
  if (other.path().parent_path() == folder.path().parent_path()) GTEST_SKIP() << "no second file system here";
  fs::create_directory(other / "spool");
  const auto store = folder.open();
  const contract::Bench bench{*store, other / "spool"};
  const std::string dataset(700'000, 'x');
  const Put put = bench.item("1", dataset);
  ASSERT_TRUE(store->put({&put, 1}).at(0));
  EXPECT_TRUE(fs::exists(put.file));
  EXPECT_EQ(bench.bytes_of(put.key).value(), contract::Bench::image('p', dataset));
  fs::remove(put.file);
  EXPECT_TRUE(store->put({&put, 1}).at(0)) << "an earlier try has stored it";
  const Put again = bench.item("1", dataset, 'q');
  EXPECT_TRUE(store->put({&again, 1}).at(0));
  EXPECT_TRUE(fs::is_empty(folder / "store/tmp"));
}

TEST(LocalStore, NeverFollowsASymbolicLink) {
  const Folder folder;
  const auto store = folder.open();
  const contract::Bench bench{*store, folder / "spool"};
  const Put put = bench.item("1", "data");
  std::ofstream(folder / "secret") << contract::Bench::image('p', "data");
  fs::create_directory((folder / "store" / put.key.get()).parent_path());
  fs::create_symlink(folder / "secret", folder / "store" / put.key.get());
  EXPECT_EQ(bench.bytes_of(put.key).error().code, Errc::corrupted);
  EXPECT_TRUE(store->put({&put, 1}).at(0)) << "what stands there is not the object, so it is replaced";
  EXPECT_FALSE(fs::is_symlink(folder / "store" / put.key.get()));
  EXPECT_TRUE(fs::exists(folder / "secret"));
}

TEST(LocalStore, NamesAnObjectForOtherReaders) {
  const Folder folder;
  const auto store = local::open({folder / "a store", contract::locate}).value();
  EXPECT_EQ(store->uri("studies/000/1_"),
            "file://" + fs::canonical(folder.path()).string() + "/a%20store/studies/000/1_");
}

}  // namespace
}  // namespace dmw::store::local
