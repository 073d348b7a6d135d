// Kills a process at each crash point of the inbox, then looks at what it left behind.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "inbox/inbox.h"
#include "inbox/test_inbox.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* directory_variable = "DMW_INBOX_CRASH_TEST";

struct CrashPoint {
  const char* name;
  int passage;
};

/// What the dying process says of its items, a line each: "kept <seq> <digest>", "finishing <seq>".
class Diary {
 public:
  explicit Diary(const fs::path& path) : out_(path, std::ios::app) {}
  void write(const std::string& line) {
    const std::lock_guard lock(mutex_);
    out_ << line << std::endl;
  }

 private:
  std::mutex mutex_;
  std::ofstream out_;
};

/// Four keepers and one that finishes, until the crash.
void live_and_die(const fs::path& directory, const CrashPoint& point) {
  ::setenv("DMW_CRASH_AT", format("{}:{}", point.name, point.passage).c_str(), 1);
  TestDirectory unused;
  Options options = unused.options();
  options.directory = directory / "inbox";
  const SystemClock clock;
  const auto inbox = Inbox::open(options, clock).value();
  Diary diary(directory / "diary");
  std::vector<std::jthread> keepers;
  for (unsigned k = 0; k < 4; ++k) {
    keepers.emplace_back([&, k] {
      const Session session = test_session();
      for (unsigned i = 0; i < 10; ++i) {
        const std::string bytes = random_bytes(1000 + 40'000 * i, k * 100 + i);
        const std::int64_t seq = keep(*inbox, bytes, arrival_of(session)).value();
        diary.write(format("kept {} {}", seq, Sha256::of(as_bytes(bytes)).hex()));
      }
    });
  }
  for (int finished = 0; finished < 40;) {
    const std::vector<SpooledInstance> items = inbox->claim(2, 1 << 30).value();
    for (const SpooledInstance& item : items) diary.write(format("finishing {}", item.seq));
    if (!inbox->finish(items)) return;
    finished += static_cast<int>(items.size());
  }
}

/// What was kept and not finished, with its digest. The diary may tell of the end of an instance before its beginning:
/// the thread that kept it writes its line after another one has claimed it.
std::map<std::int64_t, std::string> acknowledged_in(const fs::path& path) {
  std::map<std::int64_t, std::string> acknowledged;
  std::vector<std::int64_t> finishing;
  std::ifstream diary(path);
  for (std::string word; diary >> word;) {
    std::int64_t seq = 0;
    diary >> seq;
    if (word == "kept") diary >> acknowledged[seq];
    if (word == "finishing") finishing.push_back(seq);
  }
  for (const std::int64_t seq : finishing) acknowledged.erase(seq);
  return acknowledged;
}

class InboxCrash : public testing::TestWithParam<CrashPoint> {};

TEST_P(InboxCrash, LosesNothingThatWasAcknowledged) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The process that dies runs this test again from its start: it finds the directory of the one that watches.
  std::unique_ptr<TestDirectory> owned;
  if (std::getenv(directory_variable) == nullptr) {
    owned = std::make_unique<TestDirectory>();
    ::setenv(directory_variable, owned->path().c_str(), 1);
  }
  const fs::path directory = std::getenv(directory_variable);
  EXPECT_EXIT(live_and_die(directory, GetParam()), testing::KilledBySignal(SIGKILL), "");
  ::unsetenv(directory_variable);

  std::map<std::int64_t, std::string> acknowledged = acknowledged_in(directory / "diary");
  Options options = owned->options();
  options.directory = directory / "inbox";
  const SystemClock clock;
  const auto inbox = Inbox::open(options, clock).value();
  await_recovery(*inbox);
  const std::vector<SpooledInstance> items = inbox->claim(1000, 1 << 30).value();
  EXPECT_EQ(items.size(), inbox->depth().items);
  for (const SpooledInstance& item : items) {
    EXPECT_TRUE(item.survived_unclean_end || item.session.kind == SessionKind::recovered);
    const std::string digest = Sha256::of(as_bytes(read_file(item.file))).hex();
    const auto known = acknowledged.find(item.seq);
    if (known == acknowledged.end()) continue;  // its acknowledgement was on the way
    EXPECT_EQ(digest, known->second);
    acknowledged.erase(known);
  }
  EXPECT_TRUE(acknowledged.empty()) << acknowledged.size() << " acknowledged instances are lost";
  std::size_t files_without_row = spooled_files(options.directory);
  for (const SpooledInstance& item : items) files_without_row -= fs::exists(item.file) ? 1 : 0;
  EXPECT_EQ(files_without_row, 0U);
}

/// The same deaths, and the database is lost besides: every file whose bytes are there is found again.
TEST_P(InboxCrash, LosesNothingWithItsDatabaseEither) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::unique_ptr<TestDirectory> owned;
  if (std::getenv(directory_variable) == nullptr) {
    owned = std::make_unique<TestDirectory>();
    ::setenv(directory_variable, owned->path().c_str(), 1);
  }
  const fs::path directory = std::getenv(directory_variable);
  EXPECT_EXIT(live_and_die(directory, GetParam()), testing::KilledBySignal(SIGKILL), "");
  ::unsetenv(directory_variable);

  Options options = owned->options();
  options.directory = directory / "inbox";
  for (const char* ending : {"", "-wal", "-shm"})
    fs::remove(options.directory / ("inbox.sqlite" + std::string(ending)));
  const std::map<std::int64_t, std::string> acknowledged = acknowledged_in(directory / "diary");
  const SystemClock clock;
  const auto inbox = Inbox::open(options, clock).value();
  await_recovery(*inbox);
  const std::vector<SpooledInstance> items = inbox->claim(1000, 1 << 30).value();
  std::multiset<std::string> found;
  for (const SpooledInstance& item : items) found.insert(Sha256::of(as_bytes(read_file(item.file))).hex());
  for (const auto& [seq, digest] : acknowledged) EXPECT_TRUE(found.contains(digest)) << seq << " is lost";
  EXPECT_EQ(spooled_files(options.directory), items.size());
  EXPECT_FALSE(fs::exists(options.directory / "quarantine")) << "a kill alone tears no file";
}

INSTANTIATE_TEST_SUITE_P(Points, InboxCrash,
                         testing::Values(CrashPoint{"inbox.before_write", 1}, CrashPoint{"inbox.before_write", 20},
                                         CrashPoint{"inbox.after_rename", 1}, CrashPoint{"inbox.after_rename", 11},
                                         CrashPoint{"inbox.before_fsync", 1}, CrashPoint{"inbox.before_fsync", 17},
                                         CrashPoint{"inbox.between_fsync_and_row", 1},
                                         CrashPoint{"inbox.between_fsync_and_row", 23},
                                         CrashPoint{"inbox.before_commit", 1}, CrashPoint{"inbox.before_commit", 9},
                                         CrashPoint{"inbox.after_commit", 1}, CrashPoint{"inbox.after_commit", 9},
                                         CrashPoint{"inbox.before_finish", 1}, CrashPoint{"inbox.before_finish", 5},
                                         CrashPoint{"inbox.after_finish", 1}, CrashPoint{"inbox.after_finish", 5}),
                         [](const auto& one) {
                           std::string name = one.param.name;
                           std::ranges::replace(name, '.', '_');
                           return name + "_" + std::to_string(one.param.passage);
                         });

}  // namespace
}  // namespace dmw::inbox
