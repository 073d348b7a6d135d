// What becomes of instances in the catalog, and how studies are found, for every database; see contract.h.
#pragma once

#include "catalog/contract.h"

namespace dmw::catalog {

TEST_P(CatalogContract, FindsStudiesByEveryFilter) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b"), spooled("1.3", "1.3.1.1", "c")});
  settle();
  record({spooled("1.3", "1.3.1.1", "other bytes")});
  Studies studies(database());
  const auto uids = [&](const StudyFilter& filter) {
    const auto found = studies.list(filter);
    EXPECT_TRUE(found) << found.error().message();
    std::vector<std::string> list;
    for (const StudyRow& study : found.value_or(std::vector<StudyRow>())) list.push_back(study.uid.get());
    return list;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(uids({}), (List{"1.3", "1.2"}));
  StudyFilter filter;
  filter.patient_id = "P1";
  filter.modality = "CT";
  filter.first_day = "2026-01-01";
  filter.last_day = "2026-01-31";
  filter.source = "orthanc";
  filter.updated_since = 0;
  EXPECT_EQ(uids(filter), (List{"1.3", "1.2"}));
  filter.flags = Flag::conflict;
  EXPECT_EQ(uids(filter), List{"1.3"});
  filter = {};
  filter.first_day = "2026-02-01";
  EXPECT_EQ(uids(filter), List{});
  filter = {};
  filter.limit = 1;
  filter.cursor = studies.get(StudyUid("1.3")).value().value().id;
  EXPECT_EQ(uids(filter), List{"1.2"});
  filter = {};
  filter.accession_number = "' or 1=1 --";
  EXPECT_EQ(uids(filter), List{});
  filter = {};
  filter.calling_ae = "NOBODY";
  EXPECT_EQ(uids(filter), List{});
}

TEST_P(CatalogContract, ListsStudiesAPageAtATime) {
  // A date, or none; of two series, in one modality or in two; changed within three hours.
  const std::vector<std::string> dates = {"20260131", "19000101", "not a date", "20260131", "20251231", "99991231"};
  for (std::size_t i = 0; i < dates.size(); ++i) {
    SpooledInstance first = spooled(format("1.2.{}", i), "1.3.1", "a");
    first.header->study_date = dates[i];
    first.session.calling_ae = i % 2 == 0 ? "CT01" : "CT02";
    SpooledInstance second = first;
    second.header->sop_uid = SopUid("1.3.2");
    second.header->series_uid = SeriesUid("1.4");
    if (i % 2 == 1) second.header->modality = "PT";
    record({first, second});
    clock_.advance(30min);
  }
  Studies studies(database());
  const auto pages = [&](StudyFilter filter) {
    filter.limit = 1;
    std::vector<std::string> uids;
    for (;;) {
      const std::vector<StudyRow> page = studies.list(filter).value();
      if (page.empty() || uids.size() > dates.size()) return uids;
      uids.push_back(page[0].uid.get());
      filter.cursor = next_cursor(filter, page[0]);
    }
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(pages({}), (List{"1.2.5", "1.2.4", "1.2.3", "1.2.2", "1.2.1", "1.2.0"}));
  EXPECT_EQ(pages({.modality = "CT"}), (List{"1.2.5", "1.2.4", "1.2.3", "1.2.2", "1.2.1", "1.2.0"}));
  EXPECT_EQ(pages({.modality = "PT"}), (List{"1.2.5", "1.2.3", "1.2.1"}));
  ASSERT_TRUE(database().write([](db::Transaction& t) {
    return t.script(
        "update studies set flags = 1; update studies set flags = 3 where study_instance_uid in ('1.2.0', '1.2.3'); "
        "update studies set flags = 0 where study_instance_uid = '1.2.4'");
  }));
  EXPECT_EQ(pages({.flags = Flag::conflict}), (List{"1.2.5", "1.2.3", "1.2.2", "1.2.1", "1.2.0"}));
  EXPECT_EQ(pages({.flags = Flag::replaced}), (List{"1.2.3", "1.2.0"}));
  EXPECT_EQ(pages({.flags = Flags(Flag::replaced) | Flag::conflict}), (List{"1.2.3", "1.2.0"}));
  EXPECT_EQ(pages({.modality = "PT", .flags = Flag::replaced}), List{"1.2.3"});
  EXPECT_EQ(pages({.flags = Flag::promoted}), List{});
  EXPECT_EQ(pages({.modality = "PT", .source = "orthanc", .calling_ae = "CT01"}), List{});
  EXPECT_EQ(pages({.source = "orthanc", .calling_ae = "CT02"}), (List{"1.2.5", "1.2.3", "1.2.1"}));
  EXPECT_EQ(pages({.first_day = "1900-01-01"}), (List{"1.2.5", "1.2.3", "1.2.0", "1.2.4", "1.2.1"}));
  EXPECT_EQ(pages({.modality = "PT", .last_day = "2026-01-31"}), (List{"1.2.3", "1.2.1"}));
  record({spooled("1.2.1", "1.3.3", "later")});
  EXPECT_EQ(pages({.updated_since = 0}), (List{"1.2.1", "1.2.5", "1.2.4", "1.2.3", "1.2.2", "1.2.0"}));
  EXPECT_EQ(pages({.modality = "PT", .updated_since = clock_.now() - 1}), List{"1.2.1"});
}

TEST_P(CatalogContract, TellsWhatAStudyHasAndWhereItIsOnItsWayOut) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  Studies studies(database());
  const StudyRow before = studies.get(StudyUid("1.2")).value().value();
  EXPECT_EQ(before.state, StudyState::settling);
  EXPECT_EQ(before.instance_count, 2);
  settle();
  EXPECT_EQ(studies.get(StudyUid("1.2")).value().value().state, StudyState::published);
  EXPECT_FALSE(studies.get(StudyUid("1.9")).value());

  const std::vector<SeriesRow> series = studies.series(before.id).value();
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(series[0].instance_count, 2);
  VersionFilter one;
  one.limit = 1;
  one.series_uid = "1.2.1";
  const VersionRow first_row = studies.versions(before.id, one).value().at(0);
  EXPECT_EQ(first_row.sop_uid.get(), "1.2.1.1");
  EXPECT_EQ(first_row.chunk_crc32c, std::string(4, '\1'));
  EXPECT_EQ(studies.version(first_row.id).value().value().dataset_sha256, Sha256::of(as_bytes("a")));
  one.after_id = first_row.id;
  EXPECT_EQ(studies.versions(before.id, one).value().at(0).sop_uid.get(), "1.2.1.2");
  EXPECT_FALSE(studies.version(999'999).value());
  const std::vector<RevisionRow> revisions = studies.revisions(before.id).value();
  ASSERT_EQ(revisions.size(), 1U);
  EXPECT_EQ(revisions[0].instances_added, 2);
  EXPECT_EQ(revisions[0].source, "orthanc");
}

TEST_P(CatalogContract, TellsWhereManyRequestsAre) {
  Requests requests(database());
  const NewRequest wanted = study_request("one");
  const Submitted submitted = requests.submit(std::span(&wanted, 1)).value().at(0);
  const std::vector<std::string> ids = {submitted.request_id.text(), Uuid::random().text()};
  EXPECT_EQ(requests.states(ids).value().at(0).state, RequestState::waiting);
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  FinishedRequest finished;
  finished.id = claimed.id;
  finished.study_uids = {"1.2"};
  ASSERT_TRUE(requests.finish(std::span(&finished, 1)));
  const std::vector<RequestStanding> standings = requests.states(ids).value();
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].state, RequestState::done);
  EXPECT_EQ(standings[0].study_uids, std::vector<std::string>{"1.2"});
  EXPECT_TRUE(requests.states({}).value().empty());
}

TEST_P(CatalogContract, RecordsTheSameBatchOnlyOnce) {
  const std::vector<SpooledInstance> batch = {spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b"),
                                              spooled("1.3", "1.3.1.1", "c")};
  EXPECT_EQ(record(batch), (std::vector{first, first, first}));
  EXPECT_EQ(settle().size(), 2U);
  EXPECT_EQ(record(batch), (std::vector{same, same, same}));
  EXPECT_TRUE(dirty_studies(database(), 10).value().empty());
  EXPECT_EQ(number("select count(*) from versions"), 3);
  EXPECT_EQ(number("select instance_count from studies where study_instance_uid = '1.2'"), 2);
  EXPECT_EQ(number("select size_bytes from studies where study_instance_uid = '1.2'"), 2);
  EXPECT_EQ(number("select count(*) from series"), 2);
  EXPECT_EQ(Recorder(database(), clock_, {}).look_up(batch).value().known, (std::vector{true, true, true}));
}

TEST_P(CatalogContract, KeepsTheAttributesOfASeriesWhole) {
  SpooledInstance item = spooled("1.2", "1.2.1.1", "a");
  item.header->series_attributes = format(R"({{"00081030":{{"vr":"LO","Value":["{}"]}}}})", std::string(3000, 'x'));
  record({item});
  const db::Rows rows = database().read("select attributes from series").value();
  EXPECT_EQ(json::parse(rows.at(0).text(0)).value(), json::parse(item.header->series_attributes).value());
}

TEST_P(CatalogContract, RecordsOneDatasetOnceWithinABatch) {
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.1", "a")}), (std::vector{first, same}));
  EXPECT_EQ(number("select count(*) from versions"), 1);
}

TEST_P(CatalogContract, KeepsConflictingBytesAndTheFirstStaysCurrent) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "b")}), (std::vector{conflict}));
  EXPECT_EQ(number("select count(*) from versions"), 2);
  EXPECT_EQ(number("select count(*) from versions where current and n = 1"), 1);
  const std::vector<StudyRevision> told = settle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].revision, 2);
  EXPECT_EQ(told[0].instances_added, 0);
  EXPECT_TRUE(told[0].flags.has(Flag::conflict));
  EXPECT_EQ(told[0].instances.at(0).dataset_sha256, Sha256::of(as_bytes("a")));
}

TEST_P(CatalogContract, AVariantIsKeptAndOpensNoRevision) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "j", "1.2.840.10008.1.2.4.50")}), (std::vector{variant}));
  EXPECT_TRUE(dirty_studies(database(), 10).value().empty());
  EXPECT_EQ(number("select count(*) from versions"), 2);
}

TEST_P(CatalogContract, ASourceWithOneTruthReplaces) {
  record({spooled("1.2", "1.2.1.1", "a")});
  settle();
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "bb"), spooled("1.2", "1.2.1.1", "ccc")}, {"orthanc"}),
            (std::vector{replaced, replaced}));
  EXPECT_EQ(number("select count(*) from versions where current and n = 3"), 1);
  const std::vector<StudyRevision> told = settle();
  EXPECT_EQ(told.at(0).instances.at(0).dataset_sha256, Sha256::of(as_bytes("ccc")));
  EXPECT_EQ(told.at(0).size_bytes, 3U);
  EXPECT_TRUE(told.at(0).flags.has(Flag::replaced));
}

TEST_P(CatalogContract, TheSameUidInAnotherStudyIsAnotherInstance) {
  record({spooled("1.2", "9.9", "a")});
  EXPECT_EQ(record({spooled("1.3", "9.9", "a")}), (std::vector{first}));
  EXPECT_EQ(
      number("select v.flags from versions v join studies s on s.id = v.study_id where study_instance_uid = '1.3'"),
      static_cast<std::int64_t>(Flags(Flag::sop_uid_reused).bits()));
}

TEST_P(CatalogContract, AStudyUnderTwoPatientsIsFlagged) {
  SpooledInstance other = spooled("1.2", "1.2.1.2", "b");
  other.header->patient_id = Private<std::string>("P2");
  record({spooled("1.2", "1.2.1.1", "a"), other});
  EXPECT_TRUE(settle().at(0).flags.has(Flag::patient_mismatch));
}

TEST_P(CatalogContract, HostileTextIsDataAndLongTextIsCut) {
  SpooledInstance item = spooled("1.2", "1.2.1.1", "a");
  item.header->patient_id = Private<std::string>("'; drop table studies; --");
  item.header->accession_number = Private<std::string>(std::string(50'000, 'x'));
  item.header->study_date = "20269999";
  EXPECT_EQ(record({item}), (std::vector{first}));
  EXPECT_EQ(number("select length(accession_number) from studies"), 1000);
  EXPECT_EQ(number("select count(*) from studies where study_day is null"), 1);
}

TEST_P(CatalogContract, KnowsWhatASourceSaidOfAnInstance) {
  SpooledInstance item = spooled("1.2", "1.2.1.1", "a");
  item.origin_resource = "r1";
  item.origin_tag = "t1";
  record({item});
  item.origin_tag = "t2";
  record({item});
  const std::vector<std::string> asked = {"r1", "r2"};
  EXPECT_EQ(known_instances(database(), "orthanc", asked).value(), (Tags{{"r1", "t2"}}));
}

}  // namespace dmw::catalog
