// What an erasure takes away and what it tells, for every database; see contract.h.
#pragma once

#include <atomic>
#include <thread>

#include "catalog/contract.h"
#include "catalog/erasing.h"
#include "catalog/versions_contract.h"

namespace dmw::catalog {

inline Result<Erased> erase_study(db::Database& database, const std::string& uid, MicrosUtc now = 1'000) {
  return erase(database, {StudyUid(uid), person(), "anna", "asked for by the patient", 7min}, now);
}

/// Tells what was erased; returns the revisions.
inline std::vector<StudyRevision> tell_erasures(db::Database& database) {
  std::vector<StudyRevision> untold = untold_erasures(database, 100).value();
  std::vector<Settled> settled;
  for (const StudyRevision& revision : untold) {
    settled.push_back({&revision, event_named(format("{}/{}", revision.study_uid.get(), revision.revision))});
  }
  EXPECT_EQ(publish(database, settled).value().size(), untold.size());
  return untold;
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

  Studies studies(database(), "");
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
  again.attributes->patient_id = Private<std::string>("P2");
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
  EXPECT_FALSE(Studies(database(), "").get(StudyUid("1.2")).value().value().erased_at);
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

TEST_P(CatalogContract, AStudyErasedTwiceBeforeThatIsToldIsToldOnce) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  ASSERT_TRUE(erase_study(database(), "1.2"));
  Recorder recorder(database(), clock_, {});
  const std::vector<SpooledInstance> batch = {spooled("1.2", "1.2.1.2", "b")};
  ASSERT_TRUE(recorder.record(batch, recorder.look_up(batch).value().lives));
  EXPECT_EQ(erase_study(database(), "1.2").value().revision, 2);
  EXPECT_EQ(tell_erasures(database()).size(), 1U);
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(number("select count(*) from erased_objects"), 3);
  ASSERT_TRUE(recorder.record(batch, recorder.look_up(batch).value().lives));
  EXPECT_EQ(settle().at(0).revision, 3);
}

TEST_P(CatalogContract, ObjectsGoWhenTheirTimeHasComeAndACrashRepeatsIt) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  settle();
  const Erased erased = erase_study(database(), "1.2").value();
  std::vector<std::string> removed;
  const auto remove = [&](const ObjectKey& key) -> Result<> {
    removed.push_back(key.get());
    return {};
  };
  EXPECT_EQ(remove_erased(database(), erased.objects_go_at - 1, 10, remove).value(), 0U);
  const auto broken = [&](const ObjectKey&) -> Result<> { return fail(Errc::unavailable, "away"); };
  EXPECT_EQ(remove_erased(database(), erased.objects_go_at, 10, broken).error().code, Errc::unavailable);
  EXPECT_EQ(remove_erased(database(), erased.objects_go_at, 2, remove).value(), 2U);
  EXPECT_EQ(remove_erased(database(), erased.objects_go_at, 2, remove).value(), 1U);
  EXPECT_EQ(remove_erased(database(), erased.objects_go_at, 2, remove).value(), 0U);
  EXPECT_EQ(removed.size(), 3U);
  EXPECT_EQ(std::ranges::count(removed, manifest_key(StudyUid("1.2"), 1).get()), 1);
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
