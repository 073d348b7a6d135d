// What the catalog keeps on every engine. Included by one test program of each: it instantiates CatalogContract.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/format.h"
#include "catalog/cursors.h"
#include "catalog/dead_letters.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "catalog/migrations.h"
#include "catalog/recording.h"
#include "catalog/requests.h"
#include "catalog/settling.h"
#include "catalog/studies.h"
#include "db/testing/opened.h"

namespace dmw::catalog {

using namespace std::chrono_literals;

/// A spooled instance with as little as the catalog needs; `bytes` stands for its dataset.
inline SpooledInstance spooled(const std::string& study, const std::string& sop, const std::string& bytes,
                               const std::string& transfer_syntax = "1.2.840.10008.1.2.1") {
  SpooledInstance item;
  item.session.id = SessionId(7);
  item.session.source = "orthanc";
  item.session.correlation_id = Uuid::of_name(Uuid(), "session");
  item.kept_at = 1'700'000'000'000'000;
  item.fingerprint.size_bytes = bytes.size();
  item.fingerprint.dataset_sha256 = Sha256::of(as_bytes(bytes));
  item.fingerprint.chunk_crc32c = std::string(4, '\1');
  Attributes attributes;
  attributes.study_uid = StudyUid(study);
  attributes.series_uid = SeriesUid(study + ".1");
  attributes.sop_uid = SopUid(sop);
  attributes.sop_class = "1.2.840.10008.5.1.4.1.1.2";
  attributes.transfer_syntax = transfer_syntax;
  attributes.modality = "CT";
  attributes.study_date = "20260131";
  attributes.patient_id = Private<std::string>("P1");
  item.attributes = attributes;
  return item;
}

inline Event event_named(const std::string& name) {
  Event event;
  event.event_id = Uuid::of_name(Uuid(), name);
  event.key = name;
  event.headers = "{}";
  event.body = "{}";
  return event;
}

class CatalogContract : public ::testing::TestWithParam<db::testing::Open> {
 protected:
  void SetUp() override {
    opened_ = GetParam()();
    const Result<SchemaState> state = migrate(database());
    ASSERT_TRUE(state) << state.error().message();
  }

  db::Database& database() { return opened_->database(); }

  std::vector<Recorded> record(const std::vector<SpooledInstance>& items, std::set<std::string> replaces = {}) {
    Result<Recording> recording = Recorder(database(), clock_, std::move(replaces)).record(items);
    EXPECT_TRUE(recording) << recording.error().message();
    return recording ? recording->outcomes : std::vector<Recorded>();
  }

  /// Publishes whatever is dirty; returns the revisions.
  std::vector<StudyRevision> settle() {
    std::vector<std::int64_t> ids;
    const std::vector<Dirty> dirty = dirty_studies(database(), 1000).value();
    for (const Dirty& study : dirty) ids.push_back(study.study_id);
    std::vector<StudyRevision> revisions = read_revisions(database(), ids).value();
    std::vector<Settled> settled;
    for (const StudyRevision& revision : revisions) {
      settled.push_back(Settled{&revision, event_named(format("{}/{}", revision.study_uid.get(), revision.revision))});
    }
    const auto published = publish(database(), settled);
    EXPECT_TRUE(published) << published.error().message();
    EXPECT_EQ(published.value().size(), revisions.size());
    return revisions;
  }

  std::int64_t number(const std::string& sql) { return database().read(sql).value().at(0).integer(0); }

  NewRequest study_request(const std::string& study) {
    NewRequest request;
    request.source = "orthanc";
    request.study = study;
    request.closes = true;
    request.correlation_id = Uuid::random();
    return request;
  }

  ManualClock clock_;
  std::unique_ptr<db::testing::Opened> opened_;
};

using enum Recorded;

TEST_P(CatalogContract, MigratesOnceAndKeepsItsIdentity) {
  const SchemaState again = migrate(database()).value();
  EXPECT_EQ(again.schema, newest_schema());
  EXPECT_EQ(again.catalog_id, migrate(database()).value().catalog_id);
  EXPECT_TRUE(bind_store(database(), "store-a"));
  EXPECT_TRUE(bind_store(database(), "store-a"));
  EXPECT_EQ(bind_store(database(), "store-b").error().code, Errc::conflict);
}

TEST_P(CatalogContract, RefusesASchemaFromTheFuture) {
  ASSERT_TRUE(
      database().write([](db::Transaction& t) { return t.script("insert into dmw_schema(version) values (999)"); }));
  EXPECT_EQ(migrate(database()).error().code, Errc::conflict);
}

TEST_P(CatalogContract, ASessionThatBroughtNothingNewLeavesNoTrace) {
  record({spooled("1.2", "1.2.1.1", "a")});
  SpooledInstance again = spooled("1.2", "1.2.1.1", "a");
  again.session.id = SessionId(8);
  EXPECT_EQ(record({again}), (std::vector{same}));
  EXPECT_EQ(number("select count(*) from sessions"), 1);
}

TEST_P(CatalogContract, FindsStudiesByEveryFilter) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b"), spooled("1.3", "1.3.1.1", "c")});
  settle();
  record({spooled("1.3", "1.3.1.1", "other bytes")});
  Studies studies(database(), "");
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
  filter.before_id = studies.get(StudyUid("1.3")).value().value().id;
  EXPECT_EQ(uids(filter), List{"1.2"});
  filter = {};
  filter.accession_number = "' or 1=1 --";
  EXPECT_EQ(uids(filter), List{});
  filter = {};
  filter.calling_ae = "NOBODY";
  EXPECT_EQ(uids(filter), List{});
}

TEST_P(CatalogContract, TellsWhatAStudyHasAndWhereItIsOnItsWayOut) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  Studies studies(database(), "");
  const StudyRow before = studies.get(StudyUid("1.2")).value().value();
  EXPECT_EQ(before.state, StudyState::settling);
  EXPECT_EQ(before.instance_count, 2);
  settle();
  EXPECT_EQ(studies.get(StudyUid("1.2")).value().value().state, StudyState::published);
  Studies with_sink(database(), "kafka");
  EXPECT_EQ(with_sink.get(StudyUid("1.2")).value().value().state, StudyState::queued);
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
  item.attributes->series_attributes = format(R"({{"00081030":{{"vr":"LO","Value":["{}"]}}}})", std::string(3000, 'x'));
  record({item});
  const db::Rows rows = database().read("select attributes from series").value();
  EXPECT_EQ(json::parse(rows.at(0).text(0)).value(), json::parse(item.attributes->series_attributes).value());
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
  other.attributes->patient_id = Private<std::string>("P2");
  record({spooled("1.2", "1.2.1.1", "a"), other});
  EXPECT_TRUE(settle().at(0).flags.has(Flag::patient_mismatch));
}

TEST_P(CatalogContract, HostileTextIsDataAndLongTextIsCut) {
  SpooledInstance item = spooled("1.2", "1.2.1.1", "a");
  item.attributes->patient_id = Private<std::string>("'; drop table studies; --");
  item.attributes->accession_number = Private<std::string>(std::string(50'000, 'x'));
  item.attributes->study_date = "20269999";
  EXPECT_EQ(record({item}), (std::vector{first}));
  EXPECT_EQ(number("select length(accession_number) from studies"), 1000);
  EXPECT_EQ(number("select count(*) from studies where study_day is null"), 1);
}

TEST_P(CatalogContract, LateInstancesAreTheNextRevision) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(settle().at(0).instances_added, 2);
  record({spooled("1.2", "1.2.1.3", "c")});
  const std::vector<StudyRevision> told = settle();
  EXPECT_EQ(told.at(0).revision, 2);
  EXPECT_EQ(told.at(0).instances_added, 1);
  EXPECT_EQ(told.at(0).instances.size(), 3U);
  EXPECT_EQ(number("select count(*) from revisions"), 2);
}

TEST_P(CatalogContract, AStudyThatMovedOnIsNotPublished) {
  record({spooled("1.2", "1.2.1.1", "a")});
  const std::vector<std::int64_t> ids = {dirty_studies(database(), 1).value().at(0).study_id};
  const std::vector<StudyRevision> before = read_revisions(database(), ids).value();
  record({spooled("1.2", "1.2.1.2", "b")});
  const Settled settled{&before.at(0), event_named("x")};
  EXPECT_TRUE(publish(database(), std::span(&settled, 1)).value().empty());
  EXPECT_EQ(log_range(database()).value().last, 0);
  EXPECT_EQ(settle().at(0).instances_added, 2);
}

TEST_P(CatalogContract, PositionsHaveNoGapAfterARollback) {
  const auto add = [&](const std::string& name) {
    return database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); });
  };
  EXPECT_EQ(add("a").value(), 1);
  {
    const std::unique_ptr<db::Transaction> lost = database().begin(db::Access::write).value();
    ASSERT_TRUE(append(*lost, {event_named("b"), event_named("c")}));
  }
  EXPECT_EQ(add("d").value(), 2);
  const std::vector<Event> events = read_after(database(), 0, 10).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].key, "d");
  EXPECT_EQ(events[1].position, 2);
}

TEST_P(CatalogContract, TellsThatForgottenEventsAreGone) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); }));
  }
  ASSERT_TRUE(take_sink(database(), "kafka", "me", 10s, std::nullopt).value());
  EXPECT_EQ(forget_events(database(), 1, 10).value(), 0);  // the sink has read none of them
  ASSERT_TRUE(advance_sink(database(), "kafka", 1, 2, 10s));
  EXPECT_EQ(forget_events(database(), 1, 10).value(), 2);
  EXPECT_EQ(read_after(database(), 1, 10).error().code, Errc::gone);
  EXPECT_EQ(read_after(database(), 2, 10).value().at(0).key, "c");
  EXPECT_TRUE(read_after(database(), 3, 10).value().empty());
}

TEST_P(CatalogContract, ANewSinkBeginsWithTheFirstEventThatIsKept) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); }));
  }
  EXPECT_EQ(forget_events(database(), 1, 2).value(), 2);
  const Lease first = take_sink(database(), "kafka", "me", 10s, std::nullopt).value().value();
  EXPECT_EQ(first.position, 2);
  EXPECT_EQ(first.passed_over, 2);
  EXPECT_EQ(read_after(database(), first.position, 10).value().at(0).key, "c");
  ASSERT_TRUE(advance_sink(database(), "kafka", first.epoch, 3, 10s));
  EXPECT_EQ(forget_events(database(), 1, 10).value(), 1);
  // Where no event is kept at all, with the next one.
  EXPECT_EQ(take_sink(database(), "other", "me", 10s, std::nullopt).value()->position, 3);
  const Lease again = take_sink(database(), "kafka", "me", 10s, std::nullopt).value().value();
  EXPECT_EQ(again.position, 3);
  EXPECT_EQ(again.passed_over, 0);
}

TEST_P(CatalogContract, ASinkThatIsNotConfiguredAnyMoreHoldsEventsOnlyForAWhile) {
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("a")}); }));
  ASSERT_TRUE(take_sink(database(), "kafka", "me", 10s, std::nullopt).value());
  ASSERT_TRUE(release_sink(database(), "kafka", "me"));
  const auto drop_after = [&](std::chrono::microseconds idle, const std::string& configured = "") {
    return drop_idle_sinks(database(), configured, idle).value();
  };
  EXPECT_TRUE(drop_after(1h).empty());
  EXPECT_EQ(forget_events(database(), 1, 10).value(), 0);
  EXPECT_TRUE(drop_after(-1h, "kafka").empty()) << "as after a long downtime: its relay comes only now";
  EXPECT_EQ(drop_after(-1h), std::vector<std::string>{"kafka"});
  EXPECT_EQ(forget_events(database(), 1, 10).value(), 1);
}

TEST_P(CatalogContract, ALeaseHasOneHolderAndAnEpoch) {
  const Lease mine = take_sink(database(), "kafka", "me", 10s, std::nullopt).value().value();
  EXPECT_FALSE(take_sink(database(), "kafka", "you", 10s, std::nullopt).value());
  EXPECT_EQ(take_sink(database(), "kafka", "me", 10s, mine.epoch).value()->epoch, mine.epoch);
  ASSERT_TRUE(advance_sink(database(), "kafka", mine.epoch, 5, 10s));
  ASSERT_TRUE(release_sink(database(), "kafka", "me"));
  const Lease yours = take_sink(database(), "kafka", "you", 10s, std::nullopt).value().value();
  EXPECT_EQ(yours.position, 5);
  EXPECT_GT(yours.epoch, mine.epoch);
  EXPECT_EQ(advance_sink(database(), "kafka", mine.epoch, 6, 10s).error().code, Errc::stale);
  EXPECT_EQ(sink_position(database(), "kafka").value(), 5);
}

TEST_P(CatalogContract, RepeatsCoalesceUntilTheyAreClaimed) {
  Requests requests(database());
  const std::vector<NewRequest> three = {study_request("s1"), study_request("s1"), study_request("s2")};
  const std::vector<Submitted> made = requests.submit(three).value();
  EXPECT_EQ(made[0].request_id, made[1].request_id);
  EXPECT_TRUE(made[1].coalesced);
  EXPECT_NE(made[0].request_id, made[2].request_id);
  const NewRequest again = study_request("s1");
  EXPECT_EQ(requests.submit(std::span(&again, 1)).value()[0].request_id, made[0].request_id);

  std::vector<Request> claimed = requests.claim("orthanc", "me", 1, 60s).value();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].study, "s1");
  EXPECT_EQ(claimed[0].repeats, 2);
  const Submitted next = requests.submit(std::span(&again, 1)).value()[0];
  EXPECT_NE(next.request_id, made[0].request_id);
  // One study is worked on once at a time: its repeats gather meanwhile.
  claimed = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].study, "s2");
}

TEST_P(CatalogContract, AParkedRequestWaitsBehindItsRepeat) {
  Requests requests(database());
  const NewRequest wanted = study_request("s1");
  const Submitted first_made = requests.submit(std::span(&wanted, 1)).value()[0];
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  const Submitted second_made = requests.submit(std::span(&wanted, 1)).value()[0];
  ASSERT_TRUE(requests.postpone({claimed.id, "me"}, 0ms, Error{Errc::timeout, "slow", {}}));

  const Request second = requests.claim("orthanc", "me", 10, 60s).value().at(0);
  EXPECT_EQ(second.request_id, second_made.request_id);
  ASSERT_TRUE(requests.finish(std::vector{FinishedRequest{.id = second.id, .study_uids = {"1.2"}}}));
  const std::vector<Request> rest = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].request_id, first_made.request_id);
  EXPECT_FALSE(rest[0].interrupted);
  EXPECT_EQ(rest[0].attempts, 2);
  EXPECT_EQ(rest[0].last_error, "slow");
}

TEST_P(CatalogContract, WhatADeadHolderHadClaimedIsMarkedInterrupted) {
  Requests requests(database());
  const std::vector<NewRequest> two = {study_request("s1"), study_request("s2")};
  ASSERT_TRUE(requests.submit(two));
  const std::vector<Request> claimed = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(claimed.size(), 2U);
  ASSERT_TRUE(requests.release("me", std::vector{claimed[1].id}));
  EXPECT_EQ(requests.recover("me").value(), 1);
  const std::vector<Request> again = requests.claim("orthanc", "me", 10, 60s).value();
  for (const Request& request : again) {
    EXPECT_EQ(request.interrupted, request.id == claimed[0].id);
    EXPECT_EQ(request.attempts, request.id == claimed[0].id ? 2 : 1);
  }
}

TEST_P(CatalogContract, TwoDeadClaimsOfOneStudyComeBackOneByOne) {
  Requests requests(database());
  const NewRequest wanted = study_request("s1");
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  ASSERT_EQ(requests.claim("orthanc", "me", 1, 60s).value().size(), 1U);
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  ASSERT_TRUE(
      database().write([](db::Transaction& t) { return t.script("update requests set state = 1, leased_until = 0"); }));
  const std::vector<Request> claimed = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(claimed.size(), 1U);
  ASSERT_TRUE(requests.finish(std::vector{FinishedRequest{.id = claimed[0].id}}));
  EXPECT_EQ(requests.claim("orthanc", "me", 10, 60s).value().size(), 1U);
}

TEST_P(CatalogContract, PublishedMeansReadByTheSink) {
  Requests requests(database());
  const std::vector<std::string> study = {"1.2"};
  const NewRequest wanted = study_request("s1");
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  record({spooled("1.2", "1.2.1.1", "a")});
  FinishedRequest finished{
      .id = claimed.id, .study_uids = study, .instances_found = 1, .instances_fetched = 1, .closes = true};
  ASSERT_TRUE(requests.finish(std::span(&finished, 1)));
  EXPECT_TRUE(dirty_studies(database(), 1).value().at(0).closed);
  EXPECT_TRUE(requests.published(study, "").value().empty());
  settle();
  EXPECT_EQ(requests.published(study, "").value(), study);
  EXPECT_TRUE(requests.published(study, "kafka").value().empty());
  const Lease lease = take_sink(database(), "kafka", "me", 10s, std::nullopt).value().value();
  ASSERT_TRUE(advance_sink(database(), "kafka", lease.epoch, 1, 10s));
  EXPECT_EQ(requests.published(study, "kafka").value(), study);
  EXPECT_EQ(requests.get(claimed.request_id.text()).value()->state, RequestState::done);
}

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
  EXPECT_EQ(read_after(database(), 1, 10).value().at(0).key, "dead/3");

  SpooledInstance replay = spooled("1.2", "1.2.1.1", "a");
  replay.replay_of = burial.letter.id;
  record({replay});
  EXPECT_EQ(letters.get("1").value()->state, DeadLetterState::replayed);
  EXPECT_FALSE(letters.discard(burial.letter.id, "not ours", "cli").value());
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
  ASSERT_TRUE(letters.discard(first, "not ours", "cli").value());
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
  ASSERT_TRUE(database().write([](db::Transaction& t) {
    return t.script(
        "drop index dead_letters_study; alter table dead_letters drop column study_uid; "
        "delete from dmw_schema where version = 4; "
        "insert into dead_letters(id, stage, cause, detail, advice, first_failed_at, last_failed_at, source, "
        "correlation_id, original_payload) values "
        "('a', 'store', '', '', '', 0, 0, '', '', '{\"study_instance_uid\":\"1.2\"}'), "
        "('b', 'header', '', '', '', 0, 0, '', '', '{\"size_bytes\":1}'), "
        "('c', 'fetch', '', '', '', 0, 0, '', '', 'what came in')");
  }));
  ASSERT_TRUE(migrate(database()));
  DeadLetters letters(database());
  EXPECT_EQ(letters.get("a").value()->study_uid, StudyUid("1.2"));
  EXPECT_EQ(letters.get("b").value()->study_uid, StudyUid());
  EXPECT_EQ(letters.get("c").value()->study_uid, StudyUid());
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
