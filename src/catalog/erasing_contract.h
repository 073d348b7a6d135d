// What an erasure takes away and what it tells, for every database; see contract.h.
#pragma once

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#include "catalog/contract.h"
#include "catalog/erasing.h"
#include "catalog/unasked.h"
#include "catalog/versions_contract.h"

namespace dmw::catalog {

inline Result<Erased> erase_study(db::Database& database, const std::string& uid, MicrosUtc now = 1'000) {
  return erase(database, {StudyUid(uid), person(), "anna", "asked for by the patient", 7min}, now);
}

/// Tells what was erased; returns the revisions in the order in which they were told.
inline std::vector<StudyRevision> tell_erasures(db::Database& database) {
  std::vector<StudyRevision> told;
  for (;;) {
    const std::vector<StudyRevision> untold = untold_erasures(database, 100).value().revisions;
    if (untold.empty()) return told;
    std::vector<Settled> settled;
    for (const StudyRevision& revision : untold) {
      settled.push_back({&revision, event_named(format("{}/{}", revision.study_uid.get(), revision.revision))});
    }
    EXPECT_EQ(publish(database, lead_settling(database), settled).value().size(), untold.size());
    told.insert(told.end(), untold.begin(), untold.end());
  }
}

TEST_P(CatalogContract, AnErasedStudyIsGoneAndToldSo) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b"), spooled("1.3", "1.3.1.1", "c")});
  settle();
  const EraseOrder order{StudyUid("1.2"), person(), "anna", "", 7min};
  EXPECT_EQ(foresee_erasure(database(), order, 1'000).value().objects, 3);
  EXPECT_EQ(number("select count(*) from versions"), 3) << "asking changes nothing";
  const Erased erased = erase_study(database(), "1.2").value();
  EXPECT_EQ(erased.revision, 2);
  EXPECT_EQ(erased.instances, 2);
  EXPECT_EQ(erased.objects, 3);
  EXPECT_EQ(erased.objects_go_at, 1'000 + 420'000'000);

  Studies studies(database());
  EXPECT_EQ(studies.list({}).value().size(), 1U);
  const StudyRow tombstone = studies.get(StudyUid("1.2")).value().value();
  EXPECT_EQ(tombstone.erased_at, 1'000);
  EXPECT_EQ(tombstone.patient_id.reveal() + tombstone.study_date + tombstone.modality, "");
  EXPECT_EQ(number("select count(*) from v_studies"), 1);
  expect_true_counts(database());
  EXPECT_EQ(erase_study(database(), "1.2").error().code, Errc::gone);
  EXPECT_EQ(erase_study(database(), "1.9").error().code, Errc::not_found);

  const std::vector<StudyRevision> told = tell_erasures(database());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 2);
  EXPECT_TRUE(told[0].is_erasure());
  EXPECT_TRUE(tell_erasures(database()).empty());
  EXPECT_TRUE(settle().empty());
  const std::vector<RevisionRow> revisions = studies.revisions(tombstone.id).value();
  ASSERT_EQ(revisions.size(), 2U);
  EXPECT_EQ(revisions[0].instance_count, 0);
  EXPECT_EQ(number("select count(*) from audit where action = 'study.erase' and detail = 'asked for by the patient'"),
            1);
}

TEST_P(CatalogContract, WhatComesAfterAnErasureIsANewLife) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  ASSERT_TRUE(erase_study(database(), "1.2"));
  // Before the erasure is told: it is told first all the same.
  Recorder recorder(database(), clock_, {});
  SpooledInstance again = spooled("1.2", "1.2.1.1", "a");
  again.header->patient_id = Private<std::string>("P2");
  const std::vector<SpooledInstance> batch = {again};
  const Standing standing = recorder.look_up(batch).value();
  EXPECT_EQ(standing.known, std::vector{false});
  EXPECT_EQ(recorder.record(batch, standing.lives).value().outcomes, std::vector{first});
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(tell_erasures(database()).at(0).revision, 2);
  const std::vector<StudyRevision> told = settle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 3);
  EXPECT_EQ(told[0].life_begins, 3);
  EXPECT_EQ(told[0].instances_added, 1);
  EXPECT_EQ(told[0].patient_id.reveal(), "P2");
  EXPECT_EQ(told[0].flags, Flags());
  EXPECT_FALSE(Studies(database()).get(StudyUid("1.2")).value().value().erased_at);
  expect_true_counts(database());
}

TEST_P(CatalogContract, WhatIsOnItsWayWhenItsStudyIsErasedIsLookedUpAgain) {
  record({spooled("1.2", "1.2.1.1", "a")});
  Recorder recorder(database(), clock_, {});
  const std::vector<SpooledInstance> batch = {spooled("1.2", "1.2.1.1", "a")};
  const Standing before = recorder.look_up(batch).value();
  EXPECT_EQ(before.known, std::vector{true});
  ASSERT_TRUE(erase_study(database(), "1.2"));
  EXPECT_EQ(recorder.record(batch, before.lives).error().code, Errc::gone);
  EXPECT_EQ(number("select count(*) from versions"), 0);
  EXPECT_EQ(number("select count(*) from erased_objects"), 1);
  const Standing after = recorder.look_up(batch).value();
  EXPECT_EQ(after.known, std::vector{false});
  EXPECT_EQ(number("select count(*) from erased_objects"), 0) << "what is put from now on stays";
  EXPECT_TRUE(recorder.record(batch, after.lives));
}

TEST_P(CatalogContract, EachErasureHasARevisionOfItsOwnThoughTheOneBeforeIsNotTold) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  ASSERT_TRUE(erase_study(database(), "1.2"));
  Recorder recorder(database(), clock_, {});
  const std::vector<SpooledInstance> batch = {spooled("1.2", "1.2.1.2", "b")};
  ASSERT_TRUE(recorder.record(batch, recorder.look_up(batch).value().lives));
  EXPECT_EQ(erase_study(database(), "1.2").value().revision, 3);
  const std::vector<StudyRevision> told = tell_erasures(database());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].revision, 2);
  EXPECT_EQ(told[1].revision, 3);
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(number("select count(*) from erasures"), 0);
  EXPECT_EQ(number("select count(*) from erased_objects"), 3);
  ASSERT_TRUE(recorder.record(batch, recorder.look_up(batch).value().lives));
  const StudyRevision next = settle().at(0);
  EXPECT_EQ(next.revision, 4);
  EXPECT_EQ(next.life_begins, 4);
  EXPECT_EQ(next.instances_added, 1);
  expect_true_counts(database());
}

/// It was looked up in the life between two erasures, and is recorded after the second one.
TEST_P(CatalogContract, WhatIsOnItsWayBetweenTwoErasuresIsLookedUpAgain) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  ASSERT_TRUE(erase_study(database(), "1.2"));
  Recorder recorder(database(), clock_, {});
  const std::vector<SpooledInstance> batch = {spooled("1.2", "1.2.1.1", "a")};
  ASSERT_TRUE(recorder.record(batch, recorder.look_up(batch).value().lives));
  const Standing between = recorder.look_up(batch).value();
  EXPECT_EQ(between.known, std::vector{true}) << "so its bytes are not put again";
  ASSERT_TRUE(erase_study(database(), "1.2"));
  EXPECT_EQ(recorder.record(batch, between.lives).error().code, Errc::gone)
      << "else it would be recorded, and its object removed";
  const Standing after = recorder.look_up(batch).value();
  EXPECT_EQ(after.known, std::vector{false});
  ASSERT_TRUE(recorder.record(batch, after.lives));
  tell_erasures(database());
  EXPECT_EQ(settle().at(0).revision, 4);
  std::vector<std::string> removed;
  const auto remove = [&](const ObjectKey& key) -> Result<std::optional<Error>> {
    removed.push_back(key.get());
    return std::nullopt;
  };
  ASSERT_TRUE(remove_erased(database(), std::numeric_limits<MicrosUtc>::max(), 100, {}, remove));
  EXPECT_EQ(std::ranges::count(removed, key_of(batch[0]).get()), 0) << "it is of the life that is there now";
}

TEST_P(CatalogContract, ObjectsGoWhenTheirTimeHasComeAndACrashRepeatsIt) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  settle();
  const Erased erased = erase_study(database(), "1.2").value();
  std::vector<std::string> removed;
  const auto remove = [&](const ObjectKey& key) -> Result<std::optional<Error>> {
    removed.push_back(key.get());
    return std::nullopt;
  };
  const auto remove_two = [&](MicrosUtc now) { return remove_erased(database(), now, 2, {}, remove).value().removed; };
  EXPECT_EQ(remove_two(erased.objects_go_at), 0U) << "the store does not say yet that the study is erased";
  tell_erasures(database());
  EXPECT_EQ(remove_two(erased.objects_go_at - 1), 0U);
  const auto away = [&](const ObjectKey&) -> Result<std::optional<Error>> { return fail(Errc::unavailable, "away"); };
  EXPECT_EQ(remove_erased(database(), erased.objects_go_at, 10, {}, away).error().code, Errc::unavailable);
  EXPECT_EQ(remove_two(erased.objects_go_at), 2U);
  EXPECT_EQ(remove_two(erased.objects_go_at), 1U);
  EXPECT_EQ(remove_two(erased.objects_go_at), 0U);
  EXPECT_EQ(removed.size(), 3U);
  EXPECT_EQ(std::ranges::count(removed, manifest_key(StudyUid("1.2"), 1, 0).get()), 1);
}

TEST_P(CatalogContract, AnObjectThatCannotBeRemovedHoldsNoOtherUp) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  settle();
  const Erased erased = erase_study(database(), "1.2").value();
  tell_erasures(database());
  const std::string stuck = database().read("select min(object_key) from erased_objects").value().at(0).text(0);
  const auto remove = [&](const ObjectKey& key) -> Result<std::optional<Error>> {
    if (key.get() == stuck) return Error{Errc::unavailable, "no permission", {}};
    return std::nullopt;
  };
  MicrosUtc now = erased.objects_go_at;
  Removals done = remove_erased(database(), now, 10, {}, remove).value();
  EXPECT_EQ(done.removed, 2U);
  ASSERT_EQ(done.postponed.size(), 1U);
  EXPECT_EQ(done.postponed[0].key.get(), stuck);
  EXPECT_EQ(count_postponed_removals(database()).value(), 1);
  EXPECT_EQ(number("select count(*) from erased_objects where last_error = 'no permission'"), 1);
  EXPECT_EQ(remove_erased(database(), now, 10, {}, remove).value().postponed.size(), 0U) << "it waits";
  for (int attempts = 2; attempts <= 20; ++attempts) {
    now += 3'600'000'000;
    done = remove_erased(database(), now, 10, {}, remove).value();
    ASSERT_EQ(done.postponed.size(), 1U) << "never longer than an hour";
    EXPECT_EQ(done.postponed[0].attempts, attempts);
  }
  const auto well = [](const ObjectKey&) -> Result<std::optional<Error>> { return std::nullopt; };
  EXPECT_EQ(remove_erased(database(), now + 3'600'000'000, 10, {}, well).value().removed, 1U);
  EXPECT_EQ(count_postponed_removals(database()).value(), 0);
}

TEST_P(CatalogContract, AnErasureOfAnOlderSchemaIsToldAndItsObjectsGo) {
  const std::unique_ptr<db::testing::Opened> older = GetParam()();
  ASSERT_TRUE(migrate(older->database(), 4));
  ASSERT_TRUE(older->database().write([](db::Transaction& t) {
    return t.script(
        "insert into sessions(id, correlation_id, kind, source, started_at) values "
        "(1, '00000000-0000-0000-0000-000000000000', 6, 'person', 0); "
        "insert into studies(id, correlation_id, study_instance_uid, revision, erased_revision, erased_at) values "
        "(1, 'c', '1.2', 4, 5, 7); "
        "insert into erasures(study_id, session_id, ordered_at) values (1, 1, 7); "
        "insert into erased_objects(object_key, due_at) values ('studies/000/a', 7)");
  }));
  ASSERT_TRUE(migrate(older->database()));
  const std::vector<StudyRevision> told = tell_erasures(older->database());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 5);
  const auto well = [](const ObjectKey&) -> Result<std::optional<Error>> { return std::nullopt; };
  EXPECT_EQ(remove_erased(older->database(), 7, 10, {}, well).value().removed, 1U);
}

TEST_P(CatalogContract, ASettlerThatLeadsNoLongerPublishesNothing) {
  record({spooled("1.2", "1.2.1.1", "a")});
  const std::int64_t deposed = lead_settling(database());
  const std::vector<std::int64_t> ids = {dirty_studies(database(), 1).value().at(0).study_id};
  const std::vector<StudyRevision> read = read_revisions(database(), ids).value();
  const std::vector<Settled> settled = {{&read.at(0), event_named("1.2/1")}};
  const std::int64_t epoch = lead_settling(database());  // as a restart takes its own lease
  EXPECT_EQ(publish(database(), deposed, settled).error().code, Errc::stale);
  EXPECT_EQ(number("select count(*) from events"), 0);
  EXPECT_EQ(publish(database(), epoch, settled).value().size(), 1U);
}

TEST_P(CatalogContract, AnErasureForgetsWhatASourceHad) {
  SpooledInstance item = spooled("1.2", "1.2.1.1", "a");
  item.origin_resource = "resource-1";
  item.origin_tag = "tag";
  record({item});
  const std::vector<std::string> resources = {"resource-1"};
  EXPECT_EQ(known_instances(database(), "orthanc", resources).value().size(), 1U);
  ASSERT_TRUE(erase_study(database(), "1.2"));
  EXPECT_TRUE(known_instances(database(), "orthanc", resources).value().empty());
}

TEST_P(CatalogContract, AStudyIsErasedUntilItIsSentAgain) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.3", "1.3.1.1", "b")});
  ASSERT_TRUE(erase_study(database(), "1.2"));
  const std::vector<std::string> asked = {"1.2", "1.3", "1.4"};
  EXPECT_EQ(which_are_erased(database(), asked).value(), std::set<std::string>{"1.2"});
  Recorder recorder(database(), clock_, {});
  const std::vector<SpooledInstance> again = {spooled("1.2", "1.2.1.2", "c")};
  ASSERT_TRUE(recorder.record(again, recorder.look_up(again)->lives));
  EXPECT_TRUE(which_are_erased(database(), asked).value().empty());
}

TEST_P(CatalogContract, WhatNobodyAskedForBeforeTheErasureStaysAway) {
  record({spooled("1.2", "1.2.1.1", "a")});
  Recorder recorder(database(), clock_, {});
  const auto pulled = [&](RequestPriority priority, const std::string& bytes) {
    NewRequest request = study_request("");
    request.instances = {"i"};
    request.priority = priority;
    EXPECT_TRUE(Requests(database()).submit(std::vector{request}));
    SpooledInstance item = spooled("1.2", "1.2.1." + bytes, bytes);
    item.session.kind = SessionKind::orthanc;
    item.session.correlation_id = request.correlation_id;
    return item;
  };
  const SpooledInstance seen = pulled(RequestPriority::seen, "2");
  const SpooledInstance asked = pulled(RequestPriority::asked, "3");
  SpooledInstance pushed = seen;
  pushed.session.kind = SessionKind::dimse;
  SpooledInstance of_nobody = seen;
  of_nobody.session.correlation_id = Uuid::random();
  SpooledInstance replayed = seen;
  replayed.replay_of = Uuid::random();
  ASSERT_TRUE(erase_study(database(), "1.2"));
  const SpooledInstance later = pulled(RequestPriority::seen, "4");
  const std::vector<SpooledInstance> batch = {seen, asked, pushed, of_nobody, replayed, later};
  EXPECT_EQ(recorder.look_up(batch)->away, (std::vector{true, false, false, false, false, false}));

  // The object of what stays away goes, and is spared when somebody sends the same bytes.
  const std::vector<SpooledInstance> alone = {seen};
  const std::vector<SpooledInstance> sent = {pushed};
  const auto listed = [&] {
    return database()
        .read("select count(*) from erased_objects where object_key = $1", {key_of(seen).get()})
        ->front()
        .integer(0);
  };
  const Lives lives = recorder.look_up(sent)->lives;
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(recorder.look_up(alone)->away, std::vector{true});
  EXPECT_EQ(listed(), 1);
  ASSERT_TRUE(recorder.record(sent, lives));
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(recorder.look_up(alone)->away, std::vector{false}) << "the study lives again";
}

TEST_P(CatalogContract, ErasuresAreNumberedAndRequestsKnowHowManyThereWere) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.3", "1.3.1.1", "b")});
  Requests requests(database());
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  ASSERT_TRUE(erase_study(database(), "1.2"));
  ASSERT_TRUE(requests.submit(std::vector{study_request("s2")}));
  ASSERT_TRUE(erase_study(database(), "1.3"));
  const std::vector<std::string> uids = {"1.2", "1.3", "1.4"};
  const auto erased = erased_studies(database(), uids).value();
  ASSERT_EQ(erased.size(), 2U);
  const std::vector<Request> claimed = requests.claim("orthanc", "me", 10, 60s).value();
  EXPECT_LT(claimed.at(0).erasures_before, erased.at("1.2").number);
  EXPECT_EQ(claimed.at(1).erasures_before, erased.at("1.2").number);
  EXPECT_LT(claimed.at(1).erasures_before, erased.at("1.3").number);
}

TEST_P(CatalogContract, RecordingPromotingAndErasingAtOnceLoseNothing) {
  const auto once_more = [](auto act) {
    for (;;) {
      auto done = act();
      if (done || (done.error().code != Errc::retry && done.error().code != Errc::gone)) return done;
    }
  };
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;
  for (int sender = 0; sender < 2; ++sender) {
    threads.emplace_back([&, sender] {
      Recorder recorder(database(), clock_, {});
      for (int n = 0; n < 12; ++n) {
        const std::vector<SpooledInstance> batch = {spooled("1.2", format("1.2.1.{}", n), format("{}/{}", sender, n))};
        const auto recorded = once_more([&]() -> Result<Recording> {
          const Standing standing = TRY(recorder.look_up(batch));
          return recorder.record(batch, standing.lives);
        });
        EXPECT_TRUE(recorded) << recorded.error().message();
      }
      stop = true;
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      const db::Rows rows = database().read("select max(id) from versions where not current").value();
      if (!rows[0].is_null(0)) static_cast<void>(promote_version(database(), rows[0].integer(0)));
    }
  });
  threads.emplace_back([&] {
    for (int n = 0; n < 3 && !stop; ++n) static_cast<void>(erase_study(database(), "1.2"));
  });
  threads.clear();
  expect_true_counts(database());
  tell_erasures(database());
  settle();
  const std::int64_t revision = number("select revision from studies");
  EXPECT_EQ(number("select count(*) from revisions"), revision);
  EXPECT_EQ(number("select count(*) from versions v where not exists (select 1 from versions c where c.sop_uid = "
                   "v.sop_uid and c.study_id = v.study_id and c.current)"),
            0);
}

}  // namespace dmw::catalog
