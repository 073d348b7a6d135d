// For tests of an inbox whose spool has acknowledged instances and whose database has not what it should have.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "inbox/inspection.h"
#include "inbox/test_inbox.h"
#include "testing/manual_clock.h"

namespace dmw::inbox {

inline constexpr std::uint64_t no_limit = UINT64_MAX;
inline constexpr int full_spool = 15;

class RecoveryTest : public testing::Test {
 protected:
  void open() {
    begin();
    await_recovery(*inbox);
  }
  void begin() {
    close();
    inbox = Inbox::open(options, clock).value();
  }
  void close() { inbox.reset(); }
  std::string keep_one(unsigned seed) {
    std::string bytes = random_bytes(1000 + 10'000 * seed, seed);
    const Session session = test_session();
    EXPECT_TRUE(keep(*inbox, bytes, arrival_of(session)));
    sent_under[bytes] = session.correlation_id;
    return bytes;
  }
  std::multiset<std::string> keep_full_spool() {
    std::multiset<std::string> kept;
    for (unsigned seed = 1; seed <= full_spool; ++seed) kept.insert(keep_one(seed));
    return kept;
  }
  std::multiset<std::string> claimed_bytes() {
    claimed = inbox->claim(1000, no_limit).value();
    std::multiset<std::string> bytes;
    for (const SpooledInstance& item : claimed) bytes.insert(read_file(item.file));
    return bytes;
  }
  void finish_all() {
    claimed_bytes();
    ASSERT_TRUE(inbox->finish(claimed));
  }
  void copy_database(const std::filesystem::path& to) {
    close();
    std::filesystem::copy_file(database(), to, std::filesystem::copy_options::overwrite_existing);
  }
  void remove_database() {
    close();
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(database().string() + ending);
  }
  std::filesystem::path database() const { return directory / "inbox.sqlite"; }
  std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) const {
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::exists(folder)) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_directory()) files.push_back(entry.path());
    }
    return files;
  }
  std::vector<std::filesystem::path> quarantined() const { return files_in(directory / "quarantine"); }
  Inspection::Database found() const { return inspect(directory.path()).database; }

  TestDirectory directory;
  Options options = directory.options();
  ManualClock clock;
  std::unique_ptr<Inbox> inbox;
  std::vector<SpooledInstance> claimed;
  std::map<std::string, Uuid> sent_under;  // correlation ids, by bytes
  const std::thread::id tester = std::this_thread::get_id();
};

}  // namespace dmw::inbox
