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
#include "catalog/standing.h"
#include "catalog/studies.h"
#include "db/test_database.h"
#include "testing/manual_clock.h"

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
  item.header = attributes;
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

/// The epoch of the one settler that there is.
inline std::int64_t lead_settling(db::Database& database) {
  return lead(database, settler_role, "test", 15s, std::nullopt).value().value().epoch;
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
    const auto published = publish(database(), lead_settling(database()), settled);
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

}  // namespace dmw::catalog
