#include "ingest/ingestor.h"

#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/test_bench.h"

namespace dmw::ingest {
namespace {

TEST(Ingestor, WhatWasKeptIsStoredRecordedAndGoneFromTheInbox) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"));
  bench.keep(instance("1.2", "1.2.1.2"));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 2);
  EXPECT_EQ(bench.inbox().depth().items, 0U);
  const Sha256Digest dataset = Sha256::of(
      as_bytes(instance("1.2", "1.2.1.1")).subspan(dicom::dataset_offset(as_bytes(instance("1.2", "1.2.1.1")))));
  std::string stored;
  ASSERT_TRUE(bench.store().read(instance_key(StudyUid("1.2"), SopUid("1.2.1.1"), dataset), {},
                                 [&](ByteView bytes) -> Result<> {
                                   stored += as_text(bytes);
                                   return {};
                                 }));
  EXPECT_EQ(stored, instance("1.2", "1.2.1.1"));
  EXPECT_FALSE(bench.ingest().value());
}

TEST(Ingestor, PoisonIsSetAsideAloneWithItsBytes) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"));
  bench.keep("this is no DICOM file");
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  const std::vector<DeadLetter> letters = bench.letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].cause, "not_dicom");
  EXPECT_FALSE(letters[0].advice.empty());
  EXPECT_EQ(bench.store().stat(ObjectKey(letters[0].object_key)).value().size_bytes, 21U);
  EXPECT_EQ(bench.events().at(0).topic, Topic::dead_letters);
  EXPECT_EQ(bench.inbox().depth().items, 0U);

  bench.keep("this is no DICOM file");
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.letters().size(), 1U);
  EXPECT_EQ(bench.events().size(), 1U);
}

TEST(Ingestor, AReaderThatCrashesTakesNobodyAlong) {
  Bench bench(HeaderProcess("/bin/sh", {"-c", "kill -SEGV $$"}));
  bench.keep(instance("1.2", "1.2.1.1"), true);
  bench.keep(instance("1.2", "1.2.1.2"));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_NE(bench.letters().at(0).detail.find("signal 11"), std::string::npos) << bench.letters().at(0).detail;
}

TEST(Ingestor, ASuspectHeaderIsReadByTheChild) {
  Attributes attributes;
  attributes.study_uid = StudyUid("1.2");
  attributes.series_uid = SeriesUid("1.2.1");
  attributes.sop_uid = SopUid("1.2.1.1");
  Bench bench(HeaderProcess("/bin/echo", {HeaderProcess::answer(attributes) + "\n#"}));
  bench.keep(instance("1.2", "1.2.1.1"), true);
  ASSERT_TRUE(bench.ingest());
  // What the child prints after the answer is no answer: the item is set aside and its bytes are kept.
  EXPECT_EQ(bench.letters().size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Attributes>(*HeaderProcess::parse(HeaderProcess::answer(attributes))));
  const auto refused = HeaderProcess::parse(HeaderProcess::answer(fail(Errc::too_deep, "nested")));
  EXPECT_EQ(std::get<Refusal>(*refused).code, Errc::too_deep);
}

TEST(Ingestor, ASuspectStaysReadableUntilItIsFinished) {
  Attributes attributes;
  attributes.study_uid = StudyUid("1.2");
  attributes.series_uid = SeriesUid("1.2.1");
  attributes.sop_uid = SopUid("1.2.1.1");
  // The child answers, and the file it was given is still under its first name when the store has taken it.
  Bench bench(HeaderProcess("/bin/sh", {"-c", "printf %s \"$0\"", HeaderProcess::answer(attributes)}));
  bench.keep(instance("1.2", "1.2.1.1"), true);
  const std::vector<SpooledInstance> claimed = bench.inbox().claim(1, UINT64_MAX).value();
  bench.inbox().release(claimed);
  ASSERT_TRUE(
      bench.database().write([](db::Transaction& t) { return t.script("alter table settling rename to away"); }));
  EXPECT_FALSE(bench.ingest());  // stored, not recorded
  EXPECT_TRUE(std::filesystem::exists(claimed.at(0).file));
  ASSERT_TRUE(
      bench.database().write([](db::Transaction& t) { return t.script("alter table away rename to settling"); }));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_TRUE(bench.letters().empty());
  EXPECT_FALSE(std::filesystem::exists(claimed.at(0).file));
}

TEST(Ingestor, AChildThatHangsIsEnded) {
  const HeaderProcess slow("/bin/sleep", {"60"}, 1s);
  EXPECT_TRUE(std::holds_alternative<ChildCrashed>(slow.read("1").value()));
}

/// The process ends by a signal, so that nothing says that this end was clean.
void keep_and_die(const std::string& bytes, const std::filesystem::path& directory) {
  const pid_t child = ::fork();
  if (child == 0) {
    SystemClock clock;
    auto inbox =
        inbox::Inbox::open(
            {.directory = directory, .limit_bytes = 0, .reserve_bytes = 0, .locate = dicom::dataset_offset}, clock)
            .value();
    inbox::SpoolFile file = inbox->create().value();
    const bool written = file.append(as_bytes(bytes)).has_value();
    dicom::FileSource source(file.file(), file.size(), file.head());
    inbox::Arrival arrival;
    arrival.session.id = SessionId(1);
    arrival.session.source = "orthanc";
    arrival.attributes = dicom::read_attributes(source).value();
    if (written && inbox->keep(std::move(file), std::move(arrival))) std::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(Ingestor, AFileThatChangedInTheInboxIsNotRecordedAfterAnUncleanEnd) {
  Bench bench;
  bench.close_inbox();
  keep_and_die(instance("1.2", "1.2.1.1"), bench.inbox_directory());
  bench.open_inbox();
  const std::vector<SpooledInstance> claimed = bench.inbox().claim(1, UINT64_MAX).value();
  ASSERT_TRUE(File::open(claimed.at(0).file, O_WRONLY).value().write_all(as_bytes(std::string(600, 'x'))));
  bench.inbox().release(claimed);
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 0);
  EXPECT_EQ(bench.letters().at(0).cause, "corrupted");
}

TEST(Ingestor, WhatAnUncleanEndLeftWholeIsRecorded) {
  Bench bench;
  bench.close_inbox();
  keep_and_die(instance("1.2", "1.2.1.1"), bench.inbox_directory());
  bench.open_inbox();
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_TRUE(bench.letters().empty());
}

TEST(Replay, BytesComeBackAndTheLetterIsReplayed) {
  Bench bench(HeaderProcess("/bin/false", {}));
  bench.keep(instance("1.2", "1.2.1.1"), true);
  ASSERT_TRUE(bench.ingest());
  const DeadLetter letter = bench.letters().at(0);
  ASSERT_TRUE(bench.replay().replay(letter));
  EXPECT_EQ(bench.letters().at(0).state, DeadLetterState::replaying);
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.letters().at(0).state, DeadLetterState::replayed);
  EXPECT_EQ(bench.replay().replay(bench.letters().at(0)).error().code, Errc::conflict);
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
}

TEST(Replay, WhatFailsAgainIsTheSameLetterOnceMore) {
  Bench bench;
  bench.keep("this is no DICOM file");
  ASSERT_TRUE(bench.ingest());
  ASSERT_TRUE(bench.replay().replay(bench.letters().at(0)));
  ASSERT_TRUE(bench.ingest());
  ASSERT_EQ(bench.letters().size(), 1U);
  EXPECT_EQ(bench.letters()[0].state, DeadLetterState::open);
  EXPECT_EQ(bench.letters()[0].attempts, 2);
  EXPECT_EQ(bench.events().size(), 2U);
}

}  // namespace
}  // namespace dmw::ingest
