// Versions and promotion: what the catalog keeps of them, for every database; see contract.h.
#pragma once

#include <algorithm>

#include "catalog/contract.h"
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

inline Result<bool> promote_version(db::Database& database, std::int64_t id,
                                    const Attributes& attributes = spooled("1.2", "1.2.1.1", "").header.attributes()) {
  return promote(
      database,
      {.version_id = id, .attributes = attributes, .session = person(), .actor = "anna", .reason = "the better one"},
      1'000);
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
    const StudyRow row = Studies(database()).get(StudyUid(uid)).value().value();
    EXPECT_EQ(row.flags, Flags(Flag::conflict) | Flag::variant) << uid;
    EXPECT_EQ(row.instance_count, 1);
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(number("select count(*) from versions"), 18);
  expect_true_counts(database());
}

/// As a door takes it that has nobody to refuse: with its flag.
inline SpooledInstance cut(SpooledInstance item) {
  item.header->flags |= Flag::truncated_pixel_data;
  return item;
}

TEST_P(CatalogContract, AWholeInstanceBecomesCurrentOverOneThatIsCut) {
  const std::string jpeg = "1.2.840.10008.1.2.4.50";
  const auto current_is = [&](const std::string& bytes) {
    return database()
        .read("select 1 from versions where current and dataset_sha256 = $1",
              {db::blob(Sha256::of(as_bytes(bytes)).view())})
        .value()
        .size();
  };
  const SpooledInstance part = cut(spooled("1.2", "1.2.1.1", "part"));
  const SpooledInstance whole = spooled("1.2", "1.2.1.1", "the whole");
  EXPECT_EQ(record({part}), (std::vector{first}));
  EXPECT_EQ(settle().at(0).flags, Flags(Flag::truncated_pixel_data));
  EXPECT_EQ(record({whole}), (std::vector{replaced}));
  const std::vector<StudyRevision> told = settle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 2);
  EXPECT_EQ(told[0].instances_added, 0);
  EXPECT_TRUE(told[0].flags.has(Flag::replaced));
  EXPECT_EQ(current_is("the whole"), 1U);
  // The cut one again changes nothing, another cut one is kept as well, from any sender.
  EXPECT_EQ(record({part}), (std::vector{same}));
  EXPECT_EQ(record({cut(spooled("1.2", "1.2.1.1", "another part"))}, {"orthanc"}), (std::vector{conflict}));
  EXPECT_EQ(current_is("the whole"), 1U);
  expect_true_counts(database());

  // In the other order, in one batch, and in another transfer syntax.
  EXPECT_EQ(record({spooled("1.3", "1.3.1.1", "whole 3"), cut(spooled("1.3", "1.3.1.1", "part 3"))}),
            (std::vector{first, conflict}));
  EXPECT_EQ(current_is("whole 3"), 1U);
  EXPECT_EQ(record({cut(spooled("1.4", "1.4.1.1", "part 4")), spooled("1.4", "1.4.1.1", "whole 4")}),
            (std::vector{first, replaced}));
  EXPECT_EQ(current_is("whole 4"), 1U);
  EXPECT_EQ(record({cut(spooled("1.5", "1.5.1.1", "part 5", jpeg))}), (std::vector{first}));
  settle();
  EXPECT_EQ(record({spooled("1.5", "1.5.1.1", "whole 5")}), (std::vector{replaced}));
  EXPECT_EQ(current_is("whole 5"), 1U);
  EXPECT_EQ(settle().at(0).flags, Flags(Flag::truncated_pixel_data) | Flag::replaced | Flag::variant);
  // Of two that are cut the first stays.
  EXPECT_EQ(record({cut(spooled("1.6", "1.6.1.1", "part 6")), cut(spooled("1.6", "1.6.1.1", "part 7"))}),
            (std::vector{first, conflict}));
  expect_true_counts(database());
}

TEST_P(CatalogContract, AnImageWithPixelDataBecomesCurrentOverOneWithout) {
  const auto header_only = [](SpooledInstance item) {
    item.header->flags |= Flag::missing_pixel_data;
    return item;
  };
  const auto current = [&](const std::string& sop) {
    return database().read("select flags from versions where current and sop_uid = $1", {sop}).value().at(0).integer(0);
  };
  EXPECT_EQ(record({header_only(spooled("1.2", "1.2.1.1", "header"))}), (std::vector{first}));
  EXPECT_EQ(settle().at(0).flags, Flags(Flag::missing_pixel_data));
  // More and more of it comes, in one batch and another, by a way that replaces nothing.
  EXPECT_EQ(record({cut(spooled("1.2", "1.2.1.1", "header and some"))}), (std::vector{replaced}));
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "header and all")}), (std::vector{replaced}));
  const std::vector<StudyRevision> told = settle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 2);
  EXPECT_EQ(told[0].instances_added, 0);
  EXPECT_EQ(current("1.2.1.1"), static_cast<std::int64_t>(Flag::replaced));
  // Less of it, later, is kept as well, from any sender.
  EXPECT_EQ(record({header_only(spooled("1.2", "1.2.1.1", "another header"))}, {"orthanc"}), (std::vector{conflict}));
  EXPECT_EQ(current("1.2.1.1"), static_cast<std::int64_t>(Flag::replaced));
  EXPECT_EQ(record({header_only(spooled("1.3", "1.3.1.1", "header 3")), spooled("1.3", "1.3.1.1", "whole 3")}),
            (std::vector{first, replaced}));
  EXPECT_EQ(record({cut(spooled("1.4", "1.4.1.1", "some 4")), header_only(spooled("1.4", "1.4.1.1", "header 4"))}),
            (std::vector{first, conflict}));
  EXPECT_EQ(current("1.4.1.1"), static_cast<std::int64_t>(Flag::truncated_pixel_data));
  expect_true_counts(database());
}

TEST_P(CatalogContract, AWholeInstanceDescribesItsStudyInPlaceOfTheCutOne) {
  record({cut(spooled("1.2", "1.2.1.1", "part"))});
  SpooledInstance whole = spooled("1.2", "1.2.1.1", "the whole");
  whole.header->accession_number = Private<std::string>("A9");
  record({whole});
  EXPECT_EQ(Studies(database()).get(StudyUid("1.2")).value().value().accession_number.reveal(), "A9");
}

TEST_P(CatalogContract, ACutInstanceThatAPersonPromotedStaysCurrent) {
  record({spooled("1.2", "1.2.1.1", "the whole"), cut(spooled("1.2", "1.2.1.1", "part"))});
  const std::int64_t id = id_of(database(), "part");
  EXPECT_TRUE(promote_version(database(), id).value());
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "another whole")}), (std::vector{conflict}));
  const auto flags = [&] { return number("select flags from versions where id = " + std::to_string(id)); };
  EXPECT_TRUE(Flags::from_bits(static_cast<std::uint32_t>(flags())).has(Flag::promoted));
  EXPECT_TRUE(promote_version(database(), id_of(database(), "the whole")).value());
  EXPECT_FALSE(Flags::from_bits(static_cast<std::uint32_t>(flags())).has(Flag::promoted));
  expect_true_counts(database());
}

TEST_P(CatalogContract, AnInstanceThatMovesToAnotherSeriesIsCountedThere) {
  SpooledInstance moved = spooled("1.2", "1.2.1.1", "longer than before");
  moved.header->series_uid = SeriesUid("1.2.2");
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(record({moved}, {"orthanc"}), (std::vector{replaced}));
  expect_true_counts(database());
  EXPECT_EQ(settle().at(0).series.size(), 2U);
  // As a conflict it is beside the current one, and its series has nothing to show.
  SpooledInstance beside = spooled("1.3", "1.3.1.1", "c");
  record({beside});
  beside = spooled("1.3", "1.3.1.1", "d");
  beside.header->series_uid = SeriesUid("1.3.2");
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
  nobody.header->patient_id = Private<std::string>();
  SpooledInstance other = spooled("1.2", "1.2.1.3", "c");
  other.header->patient_id = Private<std::string>("P2");
  record({nobody, spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(settle().at(0).flags, Flags());
  record({other});
  EXPECT_TRUE(settle().at(0).flags.has(Flag::patient_mismatch));
  EXPECT_EQ(Studies(database()).get(StudyUid("1.2")).value().value().patient_id.reveal(), "P1");
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
  better.header->series_uid = SeriesUid("1.2.2");
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
  item.header->patient_id = Private<std::string>("P2");
  item.header->patient_name = Private<std::string>("DOE^JANE");
  item.header->accession_number = Private<std::string>("A2");
  item.header->study_date = "20260202";
  item.header->series_description = Private<std::string>("mended series");
  item.header->series_number = 4;
  return item;
}

inline void expect_mended(db::Database& database) {
  const StudyRow study = Studies(database).get(StudyUid("1.2")).value().value();
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
  old.header->accession_number = Private<std::string>("A1");
  old.header->referring_physician = Private<std::string>("HOUSE");
  record({old, spooled("1.2", "1.2.1.2", "b")});
  settle();
  SpooledInstance second = mended("1.2", "1.2.1.2", "b mended");
  second.header->study_description = Private<std::string>("brain");
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
  old.header->referring_physician = Private<std::string>("HOUSE");
  SpooledInstance other = mended("1.2", "1.2.1.1", "the right patient");
  other.header->study_description = Private<std::string>("brain");
  record({old, other, spooled("1.2", "1.2.1.2", "b"), mended("1.2", "1.2.1.2", "other b")});
  settle();
  // Not the instance that describes the study.
  EXPECT_TRUE(promote_version(database(), id_of(database(), "other b"), other.header.attributes()).value());
  EXPECT_EQ(settle().at(0).patient_id.reveal(), "P1");
  EXPECT_TRUE(promote_version(database(), id_of(database(), "the right patient"), other.header.attributes()).value());
  expect_mended(database());
  const StudyRevision told = settle().at(0);
  EXPECT_EQ(told.patient_id.reveal(), "P2");
  EXPECT_EQ(told.accession_number.reveal(), "A2");
  EXPECT_TRUE(promote_version(database(), id_of(database(), "a"), old.header.attributes()).value());
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

TEST_P(CatalogContract, AnImageWithoutPixelsOfAnOlderSchemaGetsItsFlag) {
  const std::unique_ptr<db::testing::Opened> older = GetParam()();
  ASSERT_TRUE(migrate(older->database(), 5));
  const bool is_sqlite = database().engine() == db::Engine::sqlite;
  const std::string digest = is_sqlite ? "x''" : "''";
  const auto version = [&](int id, const char* header_bytes, const char* rows, const char* syntax) {
    return format(
        "insert into versions(id, study_id, series_id, session_id, size_bytes, prefix_bytes, header_bytes, "
        "received_at, "
        "revision, rows, columns, bits, sop_class, transfer_syntax, sop_uid, dataset_sha256, prefix_sha256, "
        "chunk_crc32c) values ({0}, {0}, {0}, 1, 900, 100, {1}, 0, 1, {2}, {2}, {2}, 'c', '{3}', '1.{0}', {4}, {4}, "
        "{4}); insert into studies(id, correlation_id, study_instance_uid, revision) values ({0}, 'c', '1.{0}', 1); "
        "insert into series(id, study_id, series_uid) values ({0}, {0}, '1.{0}.1'); ",
        id, header_bytes, rows, syntax, digest);
  };
  ASSERT_TRUE(older->database().write([&](db::Transaction& t) {
    return t.script(version(1, "900", "16", "1.2.840.10008.1.2.1") + version(2, "400", "16", "1.2.840.10008.1.2.1") +
                    version(3, "900", "null", "1.2.840.10008.1.2.1") +
                    version(4, "900", "16", "1.2.840.10008.1.2.4.94"));
  }));
  ASSERT_TRUE(migrate(older->database()));
  for (const char* table : {"versions", "series", "studies"}) {
    const db::Rows flagged = older->database().read(format("select id from {} where flags = 65536", table)).value();
    ASSERT_EQ(flagged.size(), 1U) << table;
    EXPECT_EQ(flagged[0].integer(0), 1) << table;
  }
}

}  // namespace dmw::catalog
