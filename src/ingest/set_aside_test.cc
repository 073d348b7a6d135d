// What is set aside: with its bytes, once, in one warning; and what a replay makes of it.
#include <utility>

#include "ingest/test_bench.h"

namespace dmw::ingest {
namespace {

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

TEST(Ingestor, WhatIsSetAsideSaysInOneWarningWhereItCameFrom) {
  Bench bench;
  Session caller = Bench::door("dimse", "CT01");
  caller.kind = SessionKind::dimse;
  caller.peer = "10.1.2.3";
  testing::internal::CaptureStderr();
  bench.keep_from(caller, "this is no DICOM file");
  ASSERT_TRUE(bench.ingest());
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(bench.letters().at(0).origin, "CT01@10.1.2.3");
  EXPECT_NE(said.find("#1: not_dicom: "), std::string::npos) << said;
  EXPECT_NE(said.find("(dimse, CT01@10.1.2.3)"), std::string::npos) << said;
  EXPECT_EQ(said.find("WARN"), said.rfind("WARN")) << said;

  ASSERT_TRUE(bench.replay().replay(bench.letters().at(0)));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.letters().at(0).origin, "CT01@10.1.2.3") << "another try does not change where it came from";
}

TEST(Ingestor, WhatIsSetAsideNamesItsStudyWhereThatCouldBeRead) {
  const std::string no_series = dicom::testing::File().text(0x0020000D, "UI", "1.2").bytes();
  const std::string answer = HeaderProcess::answer(Refusal{Errc::too_deep, "nested", StudyUid("1.3")});
  Bench bench(HeaderProcess("/bin/sh", {"-c", "printf %s '" + answer + "'"}));
  bench.keep(no_series);
  ASSERT_TRUE(bench.ingest());
  bench.keep("this is no DICOM file");
  ASSERT_TRUE(bench.ingest());
  ASSERT_EQ(bench.letters().size(), 2U);
  EXPECT_EQ(bench.letters()[0].study_uid, StudyUid("1.2"));
  EXPECT_EQ(bench.letters()[1].study_uid, StudyUid());

  bench.keep("looked at by the child", true);
  ASSERT_TRUE(bench.ingest());
  ASSERT_EQ(bench.letters().size(), 3U);
  EXPECT_EQ(bench.letters()[2].study_uid, StudyUid("1.3"));

  ASSERT_TRUE(bench.replay().replay(bench.letters()[0]));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.letters()[0].attempts, 2);
  EXPECT_EQ(bench.letters()[0].study_uid, StudyUid("1.2"));
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
  const auto counted = [&](const std::string& name) {
    return bench.metrics.counter(name, "", {{"reason", "Metadata parsing failure"}}).value();
  };
  EXPECT_EQ(counted("dicom_middleware_dlq_messages_total"), 1) << "a letter, not its tries";
  EXPECT_EQ(counted("dicom_middleware_pipeline_failure_total"), 1);
  EXPECT_EQ(counted("dicom_middleware_dead_letters_reopened_total"), 1);
}

}  // namespace
}  // namespace dmw::ingest
