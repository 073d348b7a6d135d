// What is kept of instances that were set aside, for every database; see contract.h.
#pragma once

#include "catalog/contract.h"
#include "model/orthanc_id.h"

namespace dmw::catalog {

TEST_P(CatalogContract, ADeadLetterIsToldOnceAndAgainWhenItsReplayFails) {
  DeadLetters letters(database());
  Burial burial;
  burial.letter.id = Uuid::random();
  burial.letter.detail = "no Study Instance UID (0020,000D)";
  burial.letter.original_payload = "{}";
  const auto tell = [](const DeadLetter& letter) { return event_named(format("dead/{}", letter.attempts)); };
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), tell));
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), tell));  // a crash in between
  EXPECT_EQ(log_range(database()).value().last, 1);
  ASSERT_TRUE(letters.change_state(burial.letter.id, DeadLetterState::replaying, DeadLetterState::replayed));
  EXPECT_EQ(letters.get("1").value()->state, DeadLetterState::open);
  ASSERT_TRUE(letters.change_state(burial.letter.id, DeadLetterState::open, DeadLetterState::replaying));
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), tell));
  EXPECT_EQ(log_range(database()).value().last, 2);
  EXPECT_EQ(letters.list({}).value().at(0).attempts, 3);
  EXPECT_EQ(letters.count_open().value(), (std::map<Stage, std::int64_t>{{Stage::header, 1}})) << "one, however often";
  EXPECT_EQ(read_after(database(), 1, 10).value().at(0).key, "dead/3");

  SpooledInstance replay = spooled("1.2", "1.2.1.1", "a");
  replay.replay_of = burial.letter.id;
  record({replay});
  EXPECT_EQ(letters.get("1").value()->state, DeadLetterState::replayed);
  EXPECT_TRUE(letters.count_open().value().empty());
  EXPECT_TRUE(letters.discard(std::vector<std::int64_t>{1}, "not ours", "cli")->empty());
}

TEST_P(CatalogContract, ADeadLetterThatComesAgainTellsWhatWasWrongThisTime) {
  DeadLetters letters(database());
  Burial burial;
  burial.letter.id = Uuid::random();
  burial.letter.stage = Stage::header;
  burial.letter.original_payload = "{}";
  const auto tell = [](const DeadLetter&) { return event_named("dead"); };
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), tell));
  ASSERT_EQ(letters.discard(std::vector<std::int64_t>{1, 1, 7}, "not ours", "cli").value(),
            (std::vector<std::int64_t>{1}));
  burial.letter.stage = Stage::store;
  burial.letter.object_key = "dead-letters/its/bytes";
  burial.letter.size_bytes = 7;
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), tell));
  const DeadLetter again = letters.get("1").value().value();
  EXPECT_EQ(again.state, DeadLetterState::open);
  EXPECT_EQ(again.discard_reason, "");
  EXPECT_EQ(again.stage, Stage::store);
  EXPECT_EQ(again.object_key, "dead-letters/its/bytes");
  EXPECT_EQ(again.size_bytes, 7U);
}

TEST_P(CatalogContract, ARevisionIsIncompleteWhileDeadLettersOfItsStudyAreOpen) {
  DeadLetters letters(database());
  const auto bury = [&](const std::string& name, const std::string& study) {
    Burial burial;
    burial.letter.id = Uuid::of_name(Uuid(), name);
    burial.letter.original_payload = "{}";
    burial.letter.study_uid = StudyUid(study);
    EXPECT_TRUE(
        letters.bury(std::span(&burial, 1), [](const DeadLetter& letter) { return event_named(letter.id.text()); }));
    return burial.letter.id;
  };
  const auto told = [&] {
    const StudyRevision revision = settle().at(0);
    EXPECT_EQ(revision.flags.bits(), number("select flags from studies where study_instance_uid = '1.2'"));
    EXPECT_EQ(revision.flags.bits(),
              number(format("select flags from revisions where revision = {}", revision.revision)));
    return revision.flags;
  };
  const Flags incomplete = Flag::incomplete;
  record({spooled("1.2", "1.2.1.1", "a")});
  const Uuid first = bury("first", "1.2");
  bury("of another study", "1.20");
  bury("of none", "");
  EXPECT_EQ(told(), incomplete);
  DeadLetterFilter of_study;
  of_study.study = "1.2";
  ASSERT_EQ(letters.list(of_study).value().size(), 1U);
  EXPECT_EQ(letters.list(of_study).value()[0].study_uid, StudyUid("1.2"));

  // Nothing is told by a discard alone.
  ASSERT_EQ(letters.discard(std::vector{letters.get(first.text()).value()->number}, "not ours", "cli")->size(), 1U);
  EXPECT_TRUE(dirty_studies(database(), 10).value().empty());
  record({spooled("1.2", "1.2.1.1", "other bytes")});
  EXPECT_EQ(told(), Flags(Flag::conflict));

  const Uuid second = bury("second", "1.2");
  const Uuid third = bury("third", "1.2");
  bury("third", "");  // a later try knew less
  record({spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(told(), incomplete | Flag::conflict);
  ASSERT_TRUE(letters.change_state(second, DeadLetterState::open, DeadLetterState::replaying));
  SpooledInstance replay = spooled("1.2", "1.2.1.3", "c");
  replay.replay_of = third;
  record({replay});
  EXPECT_EQ(told(), incomplete | Flag::conflict);
  replay = spooled("1.2", "1.2.1.4", "d");
  replay.replay_of = second;
  record({replay});
  EXPECT_EQ(told(), Flags(Flag::conflict));
}

/// Schema 4 takes it from what the letter says of its instance.
TEST_P(CatalogContract, DeadLettersOfBeforeGetTheirStudy) {
  const std::unique_ptr<db::testing::Opened> older = GetParam()();
  ASSERT_TRUE(migrate(older->database(), 3));
  ASSERT_TRUE(older->database().write([](db::Transaction& t) {
    return t.script(
        "insert into dead_letters(id, stage, cause, detail, advice, first_failed_at, last_failed_at, source, "
        "correlation_id, original_payload) values "
        "('a', 'store', '', '', '', 0, 0, '', '', '{\"study_instance_uid\":\"1.2\"}'), "
        "('b', 'header', '', '', '', 0, 0, '', '', '{\"size_bytes\":1}'), "
        "('c', 'fetch', '', '', '', 0, 0, '', '', 'the original')");
  }));
  ASSERT_TRUE(migrate(older->database()));
  DeadLetters letters(older->database());
  EXPECT_EQ(letters.get("a").value()->study_uid, StudyUid("1.2"));
  EXPECT_EQ(letters.get("b").value()->study_uid, StudyUid());
  EXPECT_EQ(letters.get("c").value()->study_uid, StudyUid());
}

TEST_P(CatalogContract, ADeadLetterOfSomethingToFetchClosesWhenThatArrives) {
  DeadLetters letters(database());
  SpooledInstance from_orthanc = spooled("1.2", "1.2.1.1", "a");
  from_orthanc.origin_resource = "as-orthanc-names-it";
  const SpooledInstance pushed = spooled("1.2", "1.2.1.2", "b");
  const auto bury = [&](const std::string& resource, Stage stage) {
    Burial burial;
    burial.letter.id = Uuid::of_name(Uuid(), resource + std::string(name(stage)));
    burial.letter.stage = stage;
    burial.letter.origin_resource = resource;
    burial.letter.original_payload = "{}";
    EXPECT_TRUE(
        letters.bury(std::span(&burial, 1), [](const DeadLetter& letter) { return event_named(letter.id.text()); }));
    return burial.letter.id.text();
  };
  const std::string fetched = bury("as-orthanc-names-it", Stage::fetch);
  const std::string sent = bury(orthanc_instance_id(pushed.header.attributes()), Stage::fetch);
  const std::string elsewhere = bury("another", Stage::fetch);
  const std::string unread = bury("as-orthanc-names-it", Stage::header);
  const Recording recording = Recorder(database(), clock_, {}).record(std::vector{from_orthanc, pushed}).value();
  EXPECT_EQ(recording.arrived.size(), 2U);
  for (const std::string& id : {fetched, sent}) {
    EXPECT_EQ(letters.get(id).value()->state, DeadLetterState::replayed);
    EXPECT_NE(letters.get(id).value()->advice.find("has arrived"), std::string::npos);
  }
  for (const std::string& id : {elsewhere, unread}) EXPECT_EQ(letters.get(id).value()->state, DeadLetterState::open);
}

TEST_P(CatalogContract, ADeadLetterOfAStudyClosesWhenTheStudyIsFetched) {
  Burial burial;
  burial.letter.id = Uuid::random();
  burial.letter.stage = Stage::fetch;
  burial.letter.origin_resource = "s1";
  burial.letter.original_payload = "{}";
  DeadLetters letters(database());
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), [](const DeadLetter&) { return event_named("dead"); }));
  Requests requests(database());
  FinishedRequest finished;
  finished.source = "orthanc";
  finished.study = "s1";
  const auto finish = [&] {
    NewRequest wanted;
    wanted.source = "orthanc";
    wanted.study = "s1";
    EXPECT_TRUE(requests.submit(std::span(&wanted, 1)));
    finished.id = requests.claim("orthanc", "me", 1, 60s).value().at(0).id;
    return requests.finish(std::span(&finished, 1)).value().size();
  };
  EXPECT_EQ(finish(), 0U) << "nothing of it was there";
  finished.instances_found = 2;
  EXPECT_EQ(finish(), 1U);
  EXPECT_EQ(letters.get(burial.letter.id.text()).value()->state, DeadLetterState::replayed);
}

}  // namespace dmw::catalog
