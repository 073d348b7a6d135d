// Versions, promotion and erasure: what the catalog keeps of them on every engine.
#pragma once

#include <algorithm>
#include <atomic>
#include <thread>

#include "catalog/contract.h"
#include "catalog/erasing.h"
#include "catalog/promotion.h"

namespace dmw::catalog {

inline Session person() {
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::person;
  session.source = "person";
  session.correlation_id = Uuid::of_name(Uuid(), "person");
  return session;
}

inline Result<Erased> erase_study(db::Database& database, const std::string& uid, MicrosUtc now = 1'000) {
  return erase(database, {StudyUid(uid), person(), "anna", "asked for by the patient", 7min}, now);
}

inline Result<bool> promote_version(db::Database& database, std::int64_t id,
                                    const Attributes& attributes = *spooled("1.2", "1.2.1.1", "").attributes) {
  return promote(
      database,
      {.version_id = id, .attributes = attributes, .session = person(), .actor = "anna", .reason = "the better one"},
      1'000);
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

inline std::int64_t id_of(db::Database& database, const std::string& bytes) {
  const db::Rows rows =
      database.read("select id from versions where dataset_sha256 = $1", {db::blob(Sha256::of(as_bytes(bytes)).view())})
          .value();
  return rows.empty() ? 0 : rows[0].integer(0);
}

/// Every count that is kept beside the rows it counts.
inline void expect_true_counts(db::Database& database) {
  const auto wrong = [&](const std::string& sql) { return database.read(sql).value().at(0).integer(0); };
  EXPECT_EQ(wrong("select count(*) from series r where instance_count <> (select count(*) from versions v where "
                  "v.series_id = r.id and v.current) or size_bytes <> coalesce((select sum(size_bytes) from versions v "
                  "where v.series_id = r.id and v.current), 0)"),
            0);
  EXPECT_EQ(wrong("select count(*) from studies s where instance_count <> (select count(*) from versions v where "
                  "v.study_id = s.id and v.current) or size_bytes <> coalesce((select sum(size_bytes) from versions v "
                  "where v.study_id = s.id and v.current), 0) or series_count <> (select count(*) from series r where "
                  "r.study_id = s.id and r.instance_count > 0)"),
            0);
}

TEST_P(CatalogContract, WhatASetOfVersionsIsCalledDoesNotDependOnItsOrder) {
  const std::string jpeg = "1.2.840.10008.1.2.4.50";
  std::vector<int> order = {0, 1, 2};
  int study = 0;
  do {
    const std::string uid = format("1.2.{}", ++study);
    const std::vector<SpooledInstance> items = {spooled(uid, uid + ".1.1", uid + "plain"),
                                                spooled(uid, uid + ".1.1", uid + "jpeg", jpeg),
                                                spooled(uid, uid + ".1.1", uid + "other jpeg", jpeg)};
    for (const int item : order) record({items[static_cast<std::size_t>(item)]});
    const StudyRow row = Studies(database(), "").get(StudyUid(uid)).value().value();
    EXPECT_EQ(row.flags, Flags(Flag::conflict) | Flag::variant) << uid;
    EXPECT_EQ(row.instance_count, 1);
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(number("select count(*) from versions"), 18);
  expect_true_counts(database());
}

TEST_P(CatalogContract, AnInstanceThatMovesToAnotherSeriesIsCountedThere) {
  SpooledInstance moved = spooled("1.2", "1.2.1.1", "longer than before");
  moved.attributes->series_uid = SeriesUid("1.2.2");
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(record({moved}, {"orthanc"}), (std::vector{replaced}));
  expect_true_counts(database());
  EXPECT_EQ(settle().at(0).series.size(), 2U);
  // As a conflict it is beside the current one, and its series has nothing to show.
  SpooledInstance beside = spooled("1.3", "1.3.1.1", "c");
  record({beside});
  beside = spooled("1.3", "1.3.1.1", "d");
  beside.attributes->series_uid = SeriesUid("1.3.2");
  EXPECT_EQ(record({beside}), (std::vector{conflict}));
  expect_true_counts(database());
  const std::vector<StudyRevision> told = settle();
  EXPECT_EQ(told.at(0).series.size(), 1U);
  EXPECT_TRUE(told.at(0).flags.has(Flag::series_mismatch));
}

TEST_P(CatalogContract, AnInstanceReplacedBeforeItIsToldIsOneMore) {
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.1", "b")}, {"orthanc"}),
            (std::vector{first, replaced}));
  EXPECT_EQ(settle().at(0).instances_added, 1);
  expect_true_counts(database());
}

TEST_P(CatalogContract, AnInstanceWithoutPatientIsNoOtherPatient) {
  SpooledInstance nobody = spooled("1.2", "1.2.1.1", "a");
  nobody.attributes->patient_id = Private<std::string>();
  SpooledInstance other = spooled("1.2", "1.2.1.3", "c");
  other.attributes->patient_id = Private<std::string>("P2");
  record({nobody, spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(settle().at(0).flags, Flags());
  record({other});
  EXPECT_TRUE(settle().at(0).flags.has(Flag::patient_mismatch));
  EXPECT_EQ(Studies(database(), "").get(StudyUid("1.2")).value().value().patient_id.reveal(), "P1");
}

TEST_P(CatalogContract, TheNewestDoorRulesHowLongAStudyRests) {
  SpooledInstance late = spooled("1.2", "1.2.1.2", "b");
  late.session.id = SessionId(8);
  late.session.source = "dimse";
  late.session.calling_ae = "CT01";
  record({spooled("1.2", "1.2.1.1", "a")});
  record({late});
  const Dirty dirty = dirty_studies(database(), 10).value().at(0);
  EXPECT_EQ(dirty.source, "dimse");
  EXPECT_EQ(dirty.calling_ae, "CT01");
  EXPECT_EQ(settle().at(0).session.source, "orthanc") << "the event names who opened the revision";
}

TEST_P(CatalogContract, APromotedVersionIsTheInstance) {
  SpooledInstance better = spooled("1.2", "1.2.1.1", "the better one");
  better.attributes->series_uid = SeriesUid("1.2.2");
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b"), better});
  settle();
  const std::int64_t id = id_of(database(), "the better one");
  EXPECT_TRUE(promote_version(database(), id).value());
  expect_true_counts(database());
  const std::vector<StudyRevision> told = settle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 2);
  EXPECT_EQ(told[0].instances_added, 0);
  EXPECT_EQ(told[0].session.source, "person");
  EXPECT_EQ(told[0].size_bytes, 15U);
  EXPECT_EQ(
      std::ranges::count(told[0].instances, Sha256::of(as_bytes("the better one")), &RevisionInstance::dataset_sha256),
      1);
  // Again changes nothing, and neither does the old one when it is sent again.
  EXPECT_FALSE(promote_version(database(), id).value());
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "a")}), (std::vector{same}));
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(number("select count(*) from audit where action = 'instance.promote' and actor = 'anna'"), 1);
  EXPECT_EQ(promote_version(database(), 999'999).error().code, Errc::not_found);
}

/// The instance as a source that mended its demographics serves it.
inline SpooledInstance mended(const std::string& study, const std::string& sop, const std::string& bytes) {
  SpooledInstance item = spooled(study, sop, bytes);
  item.attributes->patient_id = Private<std::string>("P2");
  item.attributes->patient_name = Private<std::string>("DOE^JANE");
  item.attributes->accession_number = Private<std::string>("A2");
  item.attributes->study_date = "20260202";
  item.attributes->series_description = Private<std::string>("mended series");
  item.attributes->series_number = 4;
  return item;
}

inline void expect_mended(db::Database& database) {
  const StudyRow study = Studies(database, "").get(StudyUid("1.2")).value().value();
  EXPECT_EQ(study.patient_id.reveal(), "P2");
  EXPECT_EQ(study.accession_number.reveal(), "A2");
  EXPECT_EQ(study.study_date, "20260202");
  const db::Rows rows =
      database.read("select patient_name, study_day, referring_physician, study_description from studies").value();
  EXPECT_EQ(rows.at(0).text(0), "DOE^JANE");
  EXPECT_EQ(rows.at(0).text(1), "2026-02-02");
  EXPECT_TRUE(rows.at(0).is_null(2)) << "what the new version does not say any more is not said";
  EXPECT_EQ(rows.at(0).text(3), "brain") << "what it leaves empty is taken from the next that says it";
  EXPECT_EQ(database.read("select series_number from series where series_uid = '1.2.1'").value().at(0).integer(0), 4);
}

TEST_P(CatalogContract, ACorrectionAtTheSourceCorrectsTheStudy) {
  SpooledInstance old = spooled("1.2", "1.2.1.1", "a");
  old.attributes->accession_number = Private<std::string>("A1");
  old.attributes->referring_physician = Private<std::string>("HOUSE");
  record({old, spooled("1.2", "1.2.1.2", "b")});
  settle();
  SpooledInstance second = mended("1.2", "1.2.1.2", "b mended");
  second.attributes->study_description = Private<std::string>("brain");
  EXPECT_EQ(record({second, mended("1.2", "1.2.1.1", "a mended")}, {"orthanc"}), (std::vector{replaced, replaced}));
  expect_mended(database());
  const StudyRevision told = settle().at(0);
  EXPECT_EQ(told.patient_id.reveal(), "P2");
  EXPECT_EQ(told.accession_number.reveal(), "A2");
  EXPECT_EQ(told.study_date, "20260202");
}

TEST_P(CatalogContract, ACorrectionOfAnInstanceThatDoesNotDescribeItsStudyLeavesTheStudyAsItIs) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  settle();
  EXPECT_EQ(record({mended("1.2", "1.2.1.2", "b mended")}, {"orthanc"}), (std::vector{replaced}));
  const StudyRevision told = settle().at(0);
  EXPECT_EQ(told.patient_id.reveal(), "P1");
  EXPECT_EQ(told.study_date, "20260131");
  EXPECT_TRUE(told.flags.has(Flag::patient_mismatch));
  EXPECT_TRUE(database().read("select series_number from series").value().at(0).is_null(0));
}

TEST_P(CatalogContract, ACorrectedPatientIsNoOtherPatient) {
  record({spooled("1.2", "1.2.1.1", "a"), mended("1.2", "1.2.1.1", "a mended")}, {"orthanc"});
  EXPECT_EQ(settle().at(0).patient_id.reveal(), "P2") << "also when both came in one batch";
  record({mended("1.3", "1.3.1.1", "c"), spooled("1.4", "1.4.1.1", "d")});
  settle();
  record({spooled("1.3", "1.3.1.1", "c mended"), mended("1.4", "1.4.1.1", "d mended")}, {"orthanc"});
  for (const StudyRevision& revision : settle()) EXPECT_EQ(revision.flags, Flags(Flag::replaced));
}

TEST_P(CatalogContract, APromotedVersionDescribesItsStudy) {
  SpooledInstance old = spooled("1.2", "1.2.1.1", "a");
  old.attributes->referring_physician = Private<std::string>("HOUSE");
  SpooledInstance other = mended("1.2", "1.2.1.1", "the right patient");
  other.attributes->study_description = Private<std::string>("brain");
  record({old, other, spooled("1.2", "1.2.1.2", "b"), mended("1.2", "1.2.1.2", "other b")});
  settle();
  // Not the instance that describes the study.
  EXPECT_TRUE(promote_version(database(), id_of(database(), "other b"), *other.attributes).value());
  EXPECT_EQ(settle().at(0).patient_id.reveal(), "P1");
  EXPECT_TRUE(promote_version(database(), id_of(database(), "the right patient"), *other.attributes).value());
  expect_mended(database());
  const StudyRevision told = settle().at(0);
  EXPECT_EQ(told.patient_id.reveal(), "P2");
  EXPECT_EQ(told.accession_number.reveal(), "A2");
  EXPECT_TRUE(promote_version(database(), id_of(database(), "a"), *old.attributes).value());
  EXPECT_EQ(settle().at(0).patient_id.reveal(), "P1");
}

TEST_P(CatalogContract, APromotionAndBackAgainLeavesEverythingAsItWas) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.1", "bb")});
  const StudyRevision before = settle().at(0);
  EXPECT_TRUE(promote_version(database(), id_of(database(), "bb")).value());
  EXPECT_TRUE(promote_version(database(), id_of(database(), "a")).value());
  const StudyRevision after = settle().at(0);
  EXPECT_EQ(after.content_digest, before.content_digest);
  EXPECT_EQ(after.size_bytes, before.size_bytes);
  EXPECT_EQ(after.revision, 2);
  expect_true_counts(database());
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
