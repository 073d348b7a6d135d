// A disk that cannot flush one directory, or the file system as a whole. The flushes of this test program are its own:
// no real file system fails them when asked.
#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/local/local_store.h"
#include "store/object_store_contract.h"
#include "testing/scratch_folder.h"

namespace {

struct Faults {
  std::set<std::filesystem::path> directories;
  bool file_system = false;
};

Faults& faults() {
  static Faults of_this_program;
  return of_this_program;
}

}  // namespace

extern "C" int fsync(int descriptor) {
  if (!faults().directories.empty()) {
    std::array<char, PATH_MAX> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    if (::readlink(link.c_str(), path.data(), path.size() - 1) > 0 && faults().directories.contains(path.data())) {
      errno = EIO;
      return -1;
    }
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int syncfs(int descriptor) noexcept {
  if (faults().file_system) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_syncfs, descriptor));
}

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// On a file system that keeps the order of names, and on one that does not.
class FailingFlush : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!fs::exists(GetParam())) GTEST_SKIP() << "there is no " << GetParam();
    folder_.emplace(GetParam());
    fs::create_directory(*folder_ / "spool");
    store_ = local::open({.root = *folder_ / "store", .locate = contract::locate}).value();
  }
  void TearDown() override { faults() = {}; }
  contract::Bench bench() { return {*store_, *folder_ / "spool"}; }
  fs::path directory_of(const ObjectKey& key) const { return (*folder_ / "store" / key.get()).parent_path(); }
  /// One instance of each study, in their order.
  std::vector<Put> puts(const std::vector<std::string>& studies, const std::string& sop = "1") {
    std::vector<Put> made;
    for (const std::string& study : studies) made.push_back(bench().item(sop, "data", 'p', study));
    return made;
  }
  std::vector<bool> put(const std::vector<Put>& items) {
    std::vector<bool> well;
    for (const Result<Stored>& one : store_->put(items)) {
      well.push_back(one.has_value());
      if (!one) {
        EXPECT_EQ(one.error().code, Errc::unavailable) << one.error().message();
      }
    }
    return well;
  }
  std::vector<bool> write(const std::vector<Document>& documents) {
    std::vector<bool> well;
    for (const Result<>& one : store_->write(documents)) well.push_back(one.has_value());
    return well;
  }

  std::optional<ScratchFolder> folder_;
  std::unique_ptr<ObjectStore> store_;
};

INSTANTIATE_TEST_SUITE_P(On, FailingFlush, testing::Values("/dev/shm", "/tmp"),
                         [](const auto& one) { return std::string(one.param).substr(one.param[1] == 'd' ? 5 : 1); });

TEST_P(FailingFlush, FailsWhatLiesInThatDirectoryAlone) {
  ASSERT_THAT(put(puts({"1.1", "1.2", "1.3"})), ElementsAre(true, true, true)) << "their directories are made";
  for (const std::string bad : {"1.1", "1.2", "1.3"}) {
    const std::vector<Put> some = puts({"1.1", "1.2", "1.3", "1.2"});
    faults().directories = {directory_of(bench().key("1", "", bad))};
    EXPECT_THAT(put(some), ElementsAre(bad != "1.1", bad != "1.2", bad != "1.3", bad != "1.2"));
    faults() = {};
    EXPECT_THAT(put(some), ElementsAre(true, true, true, true));
  }
}

TEST_P(FailingFlush, OfTheLastNewNameTakesNoneOfTheOthersAlong) {
  for (const char* sop : {"1", "2"}) {
    const std::vector<Put> some = puts({"1.1", "1.2", "1.3"}, sop);
    faults().directories = {directory_of(some[2].key)};
    EXPECT_THAT(put(some), ElementsAre(true, true, false)) << "new names";
    EXPECT_THAT(put(some), ElementsAre(true, true, false)) << "names that are there already";
    faults() = {};
  }
}

TEST_P(FailingFlush, OfAllIsMadeUpForByOneForEach) {
  std::vector<std::string> studies;
  for (int n = 0; n < 8; ++n) studies.push_back("2." + std::to_string(n));
  const std::vector<Put> some = puts(studies);
  faults().file_system = true;
  faults().directories = {directory_of(some[3].key)};
  EXPECT_THAT(put(some), ElementsAre(true, true, true, false, true, true, true, true));
  std::vector<Document> documents;
  for (const Put& one : some) documents.push_back({ObjectKey(one.key.get() + ".json"), "text"});
  EXPECT_THAT(write(documents), ElementsAre(true, true, true, false, true, true, true, true));
  faults() = {};
  EXPECT_TRUE(write(documents).at(3));
}

TEST_P(FailingFlush, OfOneDocumentFailsNoOther) {
  const std::vector<Document> documents = {{ObjectKey("studies/001/a.json"), "a"},
                                           {ObjectKey("studies/002/b.json"), "b"},
                                           {ObjectKey("dead-letters/c"), "c"}};
  ASSERT_THAT(write(documents), ElementsAre(true, true, true));
  faults().directories = {directory_of(documents[1].key)};
  EXPECT_THAT(write(documents), ElementsAre(true, false, true));
}

TEST_P(FailingFlush, OfADirectoryThatIsNewFailsWhatLiesInIt) {
  faults().directories = {*folder_ / "store/studies"};
  const std::vector<Put> some = puts({"3.1"});
  EXPECT_THAT(put(some), ElementsAre(false));
  EXPECT_THAT(write({{ObjectKey("dead-letters/c"), "c"}}), ElementsAre(true));
  faults() = {};
  EXPECT_THAT(put(some), ElementsAre(true));
}

}  // namespace
}  // namespace dmw::store::local
