// An inbox is copied while it takes and gives, and opened from the copy.
#include "inbox/inbox_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "db/sqlite/copy.h"
#include "inbox/test_inbox.h"

namespace dmw::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class InboxCopyTest : public ::testing::Test {
 protected:
  void SetUp() override { inbox_ = Inbox::open(directory_.options(), clock_).value(); }

  void keep_one(const std::string& bytes) { ASSERT_TRUE(keep(*inbox_, bytes, arrival_of(session_))); }
  void finish_all() {
    const std::vector<SpooledInstance> items = inbox_->claim(100, UINT64_MAX).value();
    ASSERT_TRUE(inbox_->finish(items));
  }
  InboxCopied copy() {
    CopiedFolder into = CopiedFolder::begin(elsewhere_ / "copy", [] { return Result<>(); }).value();
    const Result<InboxCopied> copied = copy_inbox(directory_.path(), into, "inbox");
    EXPECT_TRUE(copied) << copied.error().message();
    EXPECT_TRUE(into.finish());
    return copied.value_or(InboxCopied());
  }
  std::filesystem::path copied() const { return elsewhere_ / "copy" / "inbox"; }
  /// inbox.sqlite as it would be copied now: between the two copies the inbox has gone on.
  void copy_database_later() {
    std::filesystem::remove(copied() / "inbox.sqlite");
    ASSERT_TRUE(db::sqlite::copy(directory_ / "inbox.sqlite", copied() / "inbox.sqlite", ""));
  }
  /// The senders and bytes of all that a start on the copy finds.
  std::vector<std::string> restored() {
    Options options = directory_.options();
    options.directory = copied();
    const auto inbox = Inbox::open(options, clock_).value();
    await_recovery(*inbox);
    std::vector<std::string> found;
    const std::vector<SpooledInstance> items = inbox->claim(100, UINT64_MAX).value();
    for (const SpooledInstance& item : items) found.push_back(item.session.source + ": " + read_file(item.file));
    return found;
  }

  TestDirectory directory_;
  TestDirectory elsewhere_;
  SystemClock clock_;
  const Session session_ = test_session();
  std::unique_ptr<Inbox> inbox_;
};

TEST_F(InboxCopyTest, HasWhatIsNotRecordedWithItsSender) {
  keep_one("0123456789 first");
  keep_one("0123456789 second");
  EXPECT_EQ(copy().instances, 2U);
  EXPECT_THAT(restored(), UnorderedElementsAre("door: 0123456789 first", "door: 0123456789 second"));
  EXPECT_EQ(inbox_->depth().items, 2U) << "the inbox itself is as it was";
}

TEST_F(InboxCopyTest, TakesInAFileThatItsDatabaseDoesNotKnow) {
  keep_one("0123456789 first");
  copy();
  std::filesystem::remove(copied() / "inbox.sqlite");
  EXPECT_THAT(restored(), ElementsAre("recovered: 0123456789 first"));
}

TEST_F(InboxCopyTest, DropsRowsOfFilesThatCameLaterAndFilesThatWereRecordedMeanwhile) {
  keep_one("0123456789 recorded meanwhile");
  copy();
  finish_all();
  keep_one("0123456789 came later");
  copy_database_later();
  EXPECT_THAT(restored(), IsEmpty()) << "nothing becomes a dead letter, and nothing is recorded again";
}

TEST_F(InboxCopyTest, OfAnInboxThatIsNotThereIsEmpty) {
  inbox_.reset();
  std::filesystem::remove_all(directory_.path());
  EXPECT_EQ(copy().instances, 0U);
  EXPECT_THAT(restored(), IsEmpty());
}

}  // namespace
}  // namespace dmw::inbox
