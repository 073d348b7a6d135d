#include "inbox/inbox.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "inbox/test_inbox.h"
#include "testing/manual_clock.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t any_size = std::numeric_limits<std::uint64_t>::max();

class InboxTest : public testing::Test {
 protected:
  void open(std::uint64_t limit = 0, std::uint64_t reserve = 0) {
    inbox.reset();
    Options options = directory.options();
    options.limit_bytes = limit;
    options.reserve_bytes = reserve;
    inbox = Inbox::open(options, clock).value();
  }
  std::int64_t keep_one(const std::string& bytes) { return keep(*inbox, bytes, arrival_of(session)).value(); }
  std::vector<std::int64_t> claim_seqs(std::size_t items_max = 100) {
    claimed = inbox->claim(items_max, any_size).value();
    std::vector<std::int64_t> seqs;
    for (const SpooledInstance& item : claimed) seqs.push_back(item.seq);
    return seqs;
  }
  using Seqs = std::vector<std::int64_t>;

  TestDirectory directory;
  ManualClock clock;
  Session session = test_session();
  std::unique_ptr<Inbox> inbox;
  std::vector<SpooledInstance> claimed;
};

TEST_F(InboxTest, FindsEverythingAgainAfterAReopen) {
  open();
  const std::string replica = inbox->replica_id();
  Arrival arrival = arrival_of(session);
  arrival.header = Attributes();
  arrival.header->study_uid = StudyUid("1.2.3");
  arrival.header->rows = 512;
  arrival.origin_resource = "an-instance";
  arrival.origin_tag = "7";
  arrival.replay_of = Uuid::random();
  const Uuid replay_of = *arrival.replay_of;
  const std::string bytes = random_bytes(100'000, 1);
  const std::int64_t seq = keep(*inbox, bytes, arrival).value();
  Arrival refused = arrival_of(test_session());
  refused.header = Refusal{Errc::too_deep, "nested", StudyUid("1.2.4")};
  ASSERT_TRUE(keep(*inbox, "short", refused));

  open();
  EXPECT_EQ(inbox->replica_id(), replica);
  EXPECT_EQ(inbox->depth().items, 2U);
  EXPECT_EQ(inbox->depth().bytes, bytes.size() + 5);
  EXPECT_EQ(inbox->depth().oldest_kept_at, clock.now());
  ASSERT_EQ(claim_seqs().size(), 2U);
  const SpooledInstance& item = claimed[0];
  EXPECT_EQ(item.seq, seq);
  EXPECT_EQ(read_file(item.file), bytes);
  EXPECT_EQ(item.fingerprint.size_bytes, bytes.size());
  EXPECT_EQ(item.fingerprint.prefix_bytes, 10U);
  EXPECT_EQ(item.fingerprint.dataset_sha256, Sha256::of(as_bytes(bytes.substr(10))));
  EXPECT_EQ(item.fingerprint.prefix_sha256, Sha256::of(as_bytes(bytes.substr(0, 10))));
  EXPECT_EQ(item.fingerprint.chunk_crc32c.size(), 4U);
  EXPECT_EQ(to_json(item.header.attributes()), to_json(arrival.header.attributes()));
  EXPECT_EQ(item.origin_resource, "an-instance");
  EXPECT_EQ(item.origin_tag, "7");
  EXPECT_EQ(item.replay_of, replay_of);
  EXPECT_EQ(item.kept_at, clock.now());
  EXPECT_EQ(item.attempts, 0);
  EXPECT_FALSE(item.survived_unclean_end);
  EXPECT_EQ(item.session.id, session.id);
  EXPECT_EQ(item.session.kind, session.kind);
  EXPECT_EQ(item.session.correlation_id, session.correlation_id);
  EXPECT_EQ(item.session.source, session.source);
  EXPECT_EQ(item.session.calling_ae, session.calling_ae);
  EXPECT_EQ(item.session.called_ae, session.called_ae);
  EXPECT_EQ(item.session.peer, session.peer);
  EXPECT_EQ(item.session.traceparent, session.traceparent);
  EXPECT_EQ(item.session.started_at, session.started_at);
  EXPECT_EQ(claimed[1].header.refusal().code, Errc::too_deep);
  EXPECT_EQ(claimed[1].header.refusal().detail, "nested");
  EXPECT_EQ(claimed[1].header.refusal().study_uid, StudyUid("1.2.4"));
  EXPECT_FALSE(claimed[1].header.is_readable());
}

TEST_F(InboxTest, BelongsToOneProcess) {
  open();
  const auto second = Inbox::open(directory.options(), clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_NE(second.error().what.find("in use by process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message();
}

TEST_F(InboxTest, GivesTheOldestFirstAndEachOnce) {
  open();
  Seqs kept;
  for (int i = 0; i < 10; ++i) kept.push_back(keep_one(std::to_string(i)));
  EXPECT_TRUE(std::ranges::is_sorted(kept));
  EXPECT_EQ(claim_seqs(4), Seqs(kept.begin(), kept.begin() + 4));
  const std::vector<SpooledInstance> first = claimed;
  EXPECT_EQ(claim_seqs(4), Seqs(kept.begin() + 4, kept.begin() + 8));
  inbox->release(std::span(first).subspan(1, 2));
  EXPECT_EQ(claim_seqs(), (Seqs{kept[1], kept[2], kept[8], kept[9]}));
  EXPECT_EQ(claimed[0].attempts, 0) << "a release counts against nobody";
  EXPECT_EQ(claim_seqs(), Seqs{});
}

TEST_F(InboxTest, BoundsTheBytesOfAClaim) {
  open();
  for (int i = 0; i < 3; ++i) keep_one(std::string(1000, 'x'));
  EXPECT_EQ(inbox->claim(100, 2500).value().size(), 2U);
  EXPECT_EQ(inbox->claim(100, 1).value().size(), 1U) << "one always fits";
}

TEST_F(InboxTest, PostponesAndCounts) {
  open();
  const Seqs kept = {keep_one("a"), keep_one("b")};
  claim_seqs();
  ASSERT_TRUE(inbox->postpone(claimed[0], seconds(10), Error{Errc::unavailable, "away", {}}));
  EXPECT_EQ(claim_seqs(), Seqs{});
  clock.advance(seconds(10));
  EXPECT_EQ(claim_seqs(), Seqs{kept[0]});
  EXPECT_EQ(claimed[0].attempts, 1);

  ASSERT_TRUE(inbox->postpone(claimed[0], seconds(10), Error{Errc::unavailable, "away", {}}));
  open();
  EXPECT_EQ(claim_seqs(), Seqs{kept[1]}) << "a restart shortens no wait";
  clock.advance(seconds(11));
  EXPECT_EQ(claim_seqs(), Seqs{kept[0]});
  EXPECT_EQ(claimed[0].attempts, 2);
}

TEST_F(InboxTest, FinishRemovesRowAndFileAndCallsOnce) {
  open();
  int calls = 0;
  Arrival arrival = arrival_of(session);
  arrival.finished = [&] { ++calls; };
  ASSERT_TRUE(keep(*inbox, "abc", arrival));
  keep_one("other");
  claim_seqs(1);
  ASSERT_TRUE(inbox->finish(claimed));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(spooled_files(directory.path()), 1U);
  EXPECT_EQ(inbox->depth().items, 1U);
  EXPECT_EQ(inbox->depth().bytes, 5U);
  ASSERT_TRUE(inbox->finish(claimed)) << "again";
  EXPECT_EQ(calls, 1);
  open();
  EXPECT_EQ(inbox->depth().items, 1U);
}

TEST_F(InboxTest, NumbersAreNotUsedTwice) {
  open();
  const std::int64_t seq = keep_one("a");
  claim_seqs();
  ASSERT_TRUE(inbox->finish(claimed));
  open();
  EXPECT_GT(keep_one("b"), seq);
}

TEST_F(InboxTest, ASessionComesBackAfterItsRowWent) {
  open();
  for (int round = 0; round < 1100; ++round) {
    session = test_session();
    keep_one("a");
    if (round % 100 == 99) {
      claim_seqs();
      ASSERT_TRUE(inbox->finish(claimed));
    }
  }
  const Session last = session;
  keep_one("the one whose commit sweeps");
  session = last;
  keep_one("b");
  ASSERT_EQ(claim_seqs().size(), 2U);
  EXPECT_EQ(claimed[1].session.correlation_id, last.correlation_id);
}

TEST_F(InboxTest, RefusesOverItsLimit) {
  open(1000);
  keep_one(std::string(600, 'x'));
  EXPECT_DOUBLE_EQ(inbox->fill(), 0.6);
  const Result<std::int64_t> over = keep(*inbox, std::string(600, 'x'), arrival_of(session));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::full);
  EXPECT_NE(over.error().what.find("INBOX_LIMIT_GIB"), std::string::npos);
  EXPECT_EQ(spooled_files(directory.path()), 1U);
  keep_one(std::string(400, 'x'));
  EXPECT_EQ(inbox->create().error().code, Errc::full);
  EXPECT_DOUBLE_EQ(inbox->fill(), 1);
  claim_seqs();
  ASSERT_TRUE(inbox->finish(claimed));
  EXPECT_TRUE(inbox->create());
  EXPECT_DOUBLE_EQ(inbox->fill(), 0);
}

TEST_F(InboxTest, WhatIsComingInCounts) {
  open(1000);
  std::optional<SpoolFile> one = inbox->create().value();
  std::optional<SpoolFile> other = inbox->create().value();
  ASSERT_TRUE(one->append(as_bytes(std::string(450, 'x'))));
  ASSERT_TRUE(other->append(as_bytes(std::string(450, 'x'))));
  EXPECT_DOUBLE_EQ(inbox->fill(), 0.9);
  EXPECT_EQ(inbox->create().error().code, Errc::full);
  EXPECT_EQ(other->append(as_bytes(std::string(101, 'x'))).error().code, Errc::full)
      << "files that are being received end there";
  other.reset();
  EXPECT_DOUBLE_EQ(inbox->fill(), 0.45);
  ASSERT_TRUE(inbox->keep(*std::move(one), arrival_of(session)));
  EXPECT_DOUBLE_EQ(inbox->fill(), 0.45);
  EXPECT_TRUE(inbox->create());
  EXPECT_EQ(spooled_files(directory.path()), 1U);
}

TEST_F(InboxTest, KnowsWhatDoesNotFitBeforeItsBytesCome) {
  open(1000);
  keep_one(std::string(600, 'x'));
  EXPECT_TRUE(inbox->create(400));
  EXPECT_EQ(inbox->create(401).error().code, Errc::full) << "later it may";
  const Error never = inbox->create(1001).error();
  EXPECT_EQ(never.code, Errc::too_large);
  EXPECT_NE(never.what.find("INBOX_LIMIT_GIB"), std::string::npos);
  EXPECT_EQ(spooled_files(directory.path()), 1U);
}

TEST_F(InboxTest, AScratchFileCountsAndHasNoName) {
  open(1000);
  std::optional<ScratchFile> scratch = inbox->scratch().value();
  ASSERT_TRUE(scratch->append(as_bytes("archive")));
  EXPECT_DOUBLE_EQ(inbox->fill(), 0.007);
  EXPECT_EQ(spooled_files(directory.path()), 0U);
  std::string read(7, ' ');
  EXPECT_EQ(scratch->file().read_at(0, std::as_writable_bytes(std::span(read))).value(), 7U);
  EXPECT_EQ(read, "archive");
  EXPECT_EQ(scratch->append(as_bytes(std::string(1000, 'x'))).error().code, Errc::full);
  scratch.reset();
  EXPECT_DOUBLE_EQ(inbox->fill(), 0);
  EXPECT_EQ(inbox->scratch(1001).error().code, Errc::too_large);
}

TEST_F(InboxTest, ManyLargeSendersStayBelowTheLimitTogether) {
  constexpr std::uint64_t limit = 1'000'000;
  open(limit);
  std::atomic<int> kept = 0;
  std::atomic<int> refused = 0;
  std::atomic<double> fullest = 0;
  std::vector<std::jthread> senders;
  for (int sender = 0; sender < 64; ++sender) {
    senders.emplace_back([&] {
      const auto send = [&]() -> Result<> {
        SpoolFile file = TRY(inbox->create());
        for (int piece = 0; piece < 50; ++piece) {
          TRY(file.append(as_bytes(std::string(1'000, 'x'))));
          if (const double now = inbox->fill(); now > fullest) fullest = now;
        }
        TRY(inbox->keep(std::move(file), arrival_of(test_session())));
        return {};
      };
      const Result<> sent = send();
      EXPECT_TRUE(sent || sent.error().code == Errc::full);
      ++(sent ? kept : refused);
    });
  }
  senders.clear();
  EXPECT_EQ(kept + refused, 64);
  EXPECT_LE(kept, 20);
  EXPECT_LE(fullest, 1.0);
  EXPECT_EQ(inbox->depth().bytes, static_cast<std::uint64_t>(kept) * 50'000);
  EXPECT_EQ(spooled_files(directory.path()), static_cast<std::size_t>(kept)) << "a refused one leaves nothing";
}

TEST_F(InboxTest, LeavesTheReserveAlone) {
  open(0, std::numeric_limits<std::uint64_t>::max() / 2);
  const Result<SpoolFile> refused = inbox->create();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::full);
  EXPECT_NE(refused.error().what.find("DISK_RESERVE_GIB"), std::string::npos);
  EXPECT_DOUBLE_EQ(inbox->fill(), 1);
  open(0, 1);
  EXPECT_TRUE(inbox->create());
}

TEST_F(InboxTest, OneBadValueCostsTheOthersNothing) {
  open();
  std::atomic<int> kept = 0;
  std::vector<std::jthread> keepers;
  for (int k = 0; k < 8; ++k) {
    keepers.emplace_back([&, k] {
      Arrival arrival = arrival_of(session);
      if (k == 3) arrival.origin_resource = std::string("a\0b", 3);
      for (int i = 0; i < 10; ++i) kept += keep(*inbox, "x", arrival) ? 1 : 0;
    });
  }
  keepers.clear();
  EXPECT_EQ(kept, 70);
  EXPECT_EQ(claim_seqs(1000).size(), 70U);
  EXPECT_EQ(spooled_files(directory.path()), 70U);
}

TEST_F(InboxTest, ManyKeepersAtOnceAreAllFound) {
  open();
  std::atomic<int> nudges = 0;
  inbox->on_kept([&] { ++nudges; });
  constexpr int keepers_count = 16;
  constexpr int each = 200;
  std::vector<std::set<std::int64_t>> kept(keepers_count);
  std::vector<std::int64_t> seen;
  std::atomic<int> running = keepers_count;
  std::vector<std::jthread> keepers;
  for (int k = 0; k < keepers_count; ++k) {
    keepers.emplace_back([&, k] {
      const Session own = test_session();
      for (int i = 0; i < each; ++i) {
        kept[static_cast<std::size_t>(k)].insert(keep(*inbox, random_bytes(100, 1), arrival_of(own)).value());
      }
      --running;
    });
  }
  while (seen.size() < keepers_count * each) {
    const bool last_round = running == 0;
    const std::vector<SpooledInstance> items = inbox->claim(50, any_size).value();
    for (const SpooledInstance& item : items) {
      seen.push_back(item.seq);
      EXPECT_TRUE(fs::exists(item.file));
      ASSERT_TRUE(inbox->finish({&item, 1}));
    }
    if (last_round && inbox->depth().items == 0) break;
  }
  keepers.clear();
  std::set<std::int64_t> all;
  for (const std::set<std::int64_t>& of_one : kept) all.insert(of_one.begin(), of_one.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(keepers_count * each));
  EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()), all);
  EXPECT_EQ(seen.size(), all.size()) << "each once";
  EXPECT_EQ(nudges, keepers_count * each);
  EXPECT_EQ(spooled_files(directory.path()), 0U);
}

}  // namespace
}  // namespace dmw::inbox
