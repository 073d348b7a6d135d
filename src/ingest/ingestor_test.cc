#include "ingest/ingestor.h"

#include <csignal>
#include <fstream>
#include <functional>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/erasing.h"
#include "ingest/removal.h"
#include "ingest/test_bench.h"
#include "testing/flaky_store.h"

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

TEST(Ingestor, AnotherPatientAndAConflictAreWarnedOfOnceAStudy) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"));
  ASSERT_TRUE(bench.ingest());
  Session caller = Bench::door("dimse", "CT01");
  caller.kind = SessionKind::dimse;
  caller.peer = "10.1.2.3";
  for (const char* sop : {"1.2.1.2", "1.2.1.3"}) {
    bench.keep_from(
        caller, dicom::testing::File::instance("1.2", "1.2.1", sop).text(0x00100020, "LO", "P2").pixels(64).bytes());
  }
  bench.keep_from(caller, instance("1.2", "1.2.1.1", 'b'));
  testing::internal::CaptureStderr();
  ASSERT_TRUE(bench.ingest());
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("WARN  study  1.2: 2 instances name another patient than the study (patient_mismatch), the first "
                      "1.2.1.2 (dimse, CT01@10.1.2.3); see dicom-middleware studies show 1.2"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("1 instance has other bytes than the one that is there (conflict)"), std::string::npos) << said;
  EXPECT_EQ(said.find("P2"), std::string::npos) << "nothing of a patient is in the log";
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
  EXPECT_TRUE(HeaderProcess::parse(HeaderProcess::answer(attributes))->value().is_readable());
  const auto refused = HeaderProcess::parse(HeaderProcess::answer(Refusal{Errc::too_deep, "nested"}));
  EXPECT_EQ(refused->value().refusal().code, Errc::too_deep);
  const auto unread = HeaderProcess::parse(HeaderProcess::answer(fail(Errc::unavailable, "the disk does not answer")));
  EXPECT_EQ(unread->error().code, Errc::unavailable) << "no reason to refuse the file";
}

TEST(Ingestor, ASuspectStaysReadableUntilItIsFinished) {
  Attributes attributes;
  attributes.study_uid = StudyUid("1.2");
  attributes.series_uid = SeriesUid("1.2.1");
  attributes.sop_uid = SopUid("1.2.1.1");
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

TEST(Ingestor, WhatIsStoredAndNotRecordedOutlivesTheDatabaseOfTheInbox) {
  Attributes attributes;
  attributes.study_uid = StudyUid("1.2");
  attributes.series_uid = SeriesUid("1.2.1");
  attributes.sop_uid = SopUid("1.2.1.1");
  Bench bench(HeaderProcess("/bin/sh", {"-c", "printf %s \"$0\"", HeaderProcess::answer(attributes)}));
  bench.keep(instance("1.2", "1.2.1.1"));
  ASSERT_TRUE(
      bench.database().write([](db::Transaction& t) { return t.script("alter table settling rename to away"); }));
  EXPECT_FALSE(bench.ingest());  // stored, not recorded
  bench.close_inbox();
  for (const char* name : {"inbox.sqlite", "inbox.sqlite-wal", "inbox.sqlite-shm"})
    std::filesystem::remove(bench.inbox_directory() / name);
  bench.open_inbox();
  ASSERT_TRUE(
      bench.database().write([](db::Transaction& t) { return t.script("alter table away rename to settling"); }));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_TRUE(bench.letters().empty());
  EXPECT_EQ(bench.inbox().depth().items, 0U);
}

TEST(Ingestor, ASuspectThatIsKnownLeavesNothingInTheSpool) {
  Attributes attributes;
  attributes.study_uid = StudyUid("1.2");
  attributes.series_uid = SeriesUid("1.2.1");
  attributes.sop_uid = SopUid("1.2.1.1");
  Bench bench(HeaderProcess("/bin/sh", {"-c", "printf %s \"$0\"", HeaderProcess::answer(attributes)}));
  for (int times = 0; times < 2; ++times) {
    bench.keep(instance("1.2", "1.2.1.1"), true);
    ASSERT_TRUE(bench.ingest());
  }
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bench.inbox_directory() / "spool")) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

TEST(Ingestor, ASuspectWhoseReaderSomebodyKilledIsTriedAgain) {
  const ScratchFolder directory;
  const std::filesystem::path spared = directory.path() / "spared";
  Attributes attributes;
  attributes.study_uid = StudyUid("1.2");
  attributes.series_uid = SeriesUid("1.2.1");
  attributes.sop_uid = SopUid("1.2.1.1");
  const std::string script = "test -e \"$1\" && printf %s \"$0\" || kill -KILL $$";
  Bench bench(HeaderProcess("/bin/sh", {"-c", script, HeaderProcess::answer(attributes), spared.string()}));
  bench.keep(instance("1.2", "1.2.1.1"), true);
  bench.keep(instance("1.2", "1.2.1.2"));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1) << "the other one does not wait for it";
  EXPECT_TRUE(bench.letters().empty());
  EXPECT_EQ(bench.inbox().depth().items, 1U);
  std::ofstream(spared) << "from now on";
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1) << "it waits for its time";
  bench.clock.advance(1s);
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 2);
}

TEST(Ingestor, WhatWasStoredBesideAFailedRecordWaitsForItsTurn) {
  constexpr int instances = 300;  // more than a batch
  Bench bench;
  for (int i = 1; i < instances; ++i) bench.keep(instance("1.2", format("1.2.1.{}", i)));
  bench.keep(instance("1.2", "1.2.1.1", 'b'));
  ASSERT_TRUE(
      bench.database().write([](db::Transaction& t) { return t.script("alter table settling rename to away"); }));
  EXPECT_FALSE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 0);
  EXPECT_EQ(bench.inbox().depth().items, static_cast<std::uint64_t>(instances));
  ASSERT_TRUE(
      bench.database().write([](db::Transaction& t) { return t.script("alter table away rename to settling"); }));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), instances);
  EXPECT_EQ(bench.inbox().depth().items, 0U);
  // The last to come is the conflict, not the first.
  EXPECT_EQ(bench.number("select current from versions where sop_uid = '1.2.1.1' order by id limit 1"), 1);
  EXPECT_EQ(bench.number("select session_id = (select session_id from versions order by id desc limit 1) from versions "
                         "where sop_uid = '1.2.1.1' and not current"),
            1);
}

TEST(Ingestor, ASuspectWhoseFileIsGoneIsSetAsideAlone) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"), true);
  const std::vector<SpooledInstance> claimed = bench.inbox().claim(1, UINT64_MAX).value();
  bench.inbox().release(claimed);
  std::filesystem::remove(claimed.at(0).file);
  bench.keep(instance("1.2", "1.2.1.2"));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_EQ(bench.letters().at(0).cause, "corrupted");
  EXPECT_EQ(bench.letters().at(0).stage, Stage::store) << "no fault of its sender";
  EXPECT_EQ(bench.inbox().depth().items, 0U);
}

TEST(Ingestor, AnItemThatAloneCannotBeStoredWaitsAndTheOthersGoOn) {
  Bench bench;
  const std::string bytes = instance("1.2", "1.2.1.1");
  const Sha256Digest dataset = Sha256::of(as_bytes(bytes).subspan(dicom::dataset_offset(as_bytes(bytes))));
  const std::filesystem::path in_the_way =
      bench.store_directory() / instance_key(StudyUid("1.2"), SopUid("1.2.1.1"), dataset).get();
  std::filesystem::create_directories(in_the_way / "a folder that somebody made");
  bench.keep(bytes);
  bench.keep(instance("1.2", "1.2.1.2"));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_EQ(bench.inbox().depth().items, 1U);
  EXPECT_TRUE(bench.letters().empty());
  EXPECT_FALSE(bench.ingest().value()) << "it waits for its time";

  std::filesystem::remove_all(in_the_way);
  bench.clock.advance(1s);
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 2);
  EXPECT_EQ(bench.inbox().depth().items, 0U);
}

TEST(Ingestor, AChildThatHangsIsEnded) {
  const HeaderProcess slow("/bin/sleep", {"60"}, 1s);
  EXPECT_EQ(slow.read("1").error().code, Errc::timeout) << "a slow disk is not the file's fault";
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
    const bool written = file.append(as_bytes(bytes)).has_value() && file.finish().has_value();
    dicom::FileSource source(file.file(), file.size(), file.head());
    inbox::Arrival arrival;
    arrival.session.id = SessionId(1);
    arrival.session.source = "orthanc";
    arrival.header = dicom::read_instance(source).value();
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
  EXPECT_EQ(bench.letters().at(0).stage, Stage::store) << "no fault of its sender";
}

TEST(Ingestor, BytesThatAreLostAreToldAsAFailureOfTheStore) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"));
  const std::vector<SpooledInstance> claimed = bench.inbox().claim(1, UINT64_MAX).value();
  std::filesystem::remove(claimed.at(0).file);
  bench.inbox().release(claimed);
  ASSERT_TRUE(bench.ingest());
  const DeadLetter letter = bench.letters().at(0);
  EXPECT_EQ(letter.stage, Stage::store);
  EXPECT_EQ(error_reason(letter.stage), "Storage write failure");
  EXPECT_EQ(letter.object_key, "") << "there is nothing to replay";
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

TEST(Ingestor, AStudyErasedWhileItsInstancesAreOnTheirWayBeginsANewLifeWithThem) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"));
  ASSERT_TRUE(bench.ingest());
  bench.keep(instance("1.2", "1.2.1.1"));  // known, so not put
  bench.keep(instance("1.2", "1.2.1.2"));
  FlakyStore store(bench.store());
  store.before_put = [&] {
    ASSERT_TRUE(catalog::erase(bench.database(), {StudyUid("1.2"), Bench::door("person"), "anna", "asked for", 0ms},
                               bench.clock.now()));
    ASSERT_TRUE(Removal(bench.database(), bench.store(), bench.metrics).pass(bench.clock.now()));
  };
  ASSERT_TRUE(bench.ingest(store));
  EXPECT_EQ(bench.number("select count(*) from versions"), 2);
  EXPECT_TRUE(bench.letters().empty());
  const db::Rows rows = bench.database().read("select sop_uid, dataset_sha256 from versions").value();
  for (const db::Row& row : rows) {
    const auto digest = Sha256Digest::from_bytes(row.bytes(1)).value();
    EXPECT_TRUE(bench.store().stat(instance_key(StudyUid("1.2"), SopUid(row.text(0)), digest))) << row.text(0);
  }
}

/// The same dataset as another receiver writes it: with one element more in the meta header.
std::string rewrapped(std::string file) {
  const std::string element = std::string("\x02\x00\x16\x00", 4) + "AE" + std::string("\x04\x00", 2) + "DOOR";
  file.insert(dicom::dataset_offset(as_bytes(file)), element);
  constexpr std::size_t group_length_at = 128 + 4 + 8;
  file[group_length_at] = static_cast<char>(file[group_length_at] + static_cast<char>(element.size()));
  return file;
}

TEST(Ingestor, TheCatalogDescribesTheObjectThatStandsAndNotTheFileThatCame) {
  Bench bench;
  const std::string first = instance("1.2", "1.2.1.1");
  const std::string of_another_door = rewrapped(first);
  bench.keep(first);
  ASSERT_TRUE(bench.ingest());
  const std::int64_t header_bytes = bench.number("select header_bytes from versions");
  // Its objects are still there when the study comes again.
  ASSERT_TRUE(catalog::erase(bench.database(), {StudyUid("1.2"), Bench::door("person"), "anna", "asked for", 1h},
                             bench.clock.now()));
  bench.keep(of_another_door);
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select size_bytes from versions"), static_cast<std::int64_t>(first.size()));
  EXPECT_EQ(bench.number("select prefix_bytes from versions"),
            static_cast<std::int64_t>(dicom::dataset_offset(as_bytes(first))));
  EXPECT_EQ(bench.number("select header_bytes from versions"), header_bytes);
  const auto prefix = Sha256::of(as_bytes(first).first(dicom::dataset_offset(as_bytes(first))));
  EXPECT_EQ(Sha256Digest::from_bytes(bench.database().read("select prefix_sha256 from versions").value().at(0).bytes(0))
                .value(),
            prefix);
}

/// It was put before the erasure was ordered, by a pull that nobody had asked for.
TEST(Ingestor, WhatNobodyAskedForIsNotKeptOnceItsStudyIsErased) {
  Bench bench;
  bench.keep(instance("1.2", "1.2.1.1"));
  ASSERT_TRUE(bench.ingest());
  Session pull = Bench::door("orthanc");
  pull.kind = SessionKind::orthanc;
  NewRequest noticed;
  noticed.source = "orthanc";
  noticed.instances = {"an instance"};
  noticed.priority = RequestPriority::seen;
  noticed.correlation_id = pull.correlation_id;
  ASSERT_TRUE(catalog::Requests(bench.database()).submit(std::vector{noticed}));
  bench.keep_from(pull, instance("1.2", "1.2.1.2"));
  FlakyStore store(bench.store());
  store.before_put = [&] {
    ASSERT_TRUE(catalog::erase(bench.database(), {StudyUid("1.2"), Bench::door("person"), "anna", "asked for", 0ms},
                               bench.clock.now()));
  };
  ASSERT_TRUE(bench.ingest(store));
  EXPECT_EQ(bench.number("select count(*) from versions"), 0);
  EXPECT_EQ(bench.number("select count(*) from studies where erased_at is not null"), 1);
  EXPECT_EQ(bench.inbox().depth().items, 0U);
  ASSERT_TRUE(bench.settler()->pass());
  bench.clock.advance(2h);
  while (Removal(bench.database(), bench.store(), bench.metrics).pass(bench.clock.now()).value()) {
  }
  std::size_t objects = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bench.store_directory() / "studies"))
    objects += entry.path().extension() == ".dcm" ? 1 : 0;
  EXPECT_EQ(objects, 0U) << "nor is its object";
}

}  // namespace
}  // namespace dmw::ingest
