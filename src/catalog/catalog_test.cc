#include <gmock/gmock.h>

#include "catalog/adopting_contract.h"
#include "catalog/associations_contract.h"
#include "catalog/contract.h"
#include "catalog/dead_letters_contract.h"
#include "catalog/erasing_contract.h"
#include "catalog/events_contract.h"
#include "catalog/growth_contract.h"
#include "catalog/old_rows_contract.h"
#include "catalog/opening_contract.h"
#include "catalog/predecessor.h"
#include "catalog/recording_contract.h"
#include "catalog/requests_contract.h"
#include "catalog/sinks_contract.h"
#include "catalog/versions_contract.h"
#include "catalog/views_contract.h"
#include "catalog/writes_contract.h"
#include "testing/manual_clock.h"

namespace dmw::catalog {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, OpeningContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedSqlite>(); }));
INSTANTIATE_TEST_SUITE_P(Sqlite, ClockTrustContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedSqlite>(); }));
INSTANTIATE_TEST_SUITE_P(Sqlite, GrowthContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedSqlite>(); }));
INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedSqlite>(); }));
INSTANTIATE_TEST_SUITE_P(Sqlite, OldRowsContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedSqlite>(); }));
INSTANTIATE_TEST_SUITE_P(Sqlite, WritesContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedSqlite>(); }));

/// What an installation of the predecessor has in its database.
TEST(Migrations, UpgradeADatabaseOfThePredecessorInPlace) {
  db::testing::OpenedSqlite opened;
  ASSERT_TRUE(opened.database().write([](db::Transaction& t) {
    return t.script(
        "create table studies(id integer primary key autoincrement, correlation_id varchar(36) not null, "
        "study_instance_uid varchar(128) not null unique, patient_id varchar(64), modality varchar(16), "
        "study_date varchar(16), created_at datetime default current_timestamp);"
        "insert into studies(correlation_id, study_instance_uid, patient_id) values ('c', '1.2', 'P1')");
  }));
  ASSERT_TRUE(migrate(opened.database()));
  const db::Rows rows = opened.database().read("select revision, instance_count, patient_id from studies").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].integer(0), 0);
  EXPECT_EQ(rows[0].text(2), "P1");
  EXPECT_TRUE(dirty_studies(opened.database(), 10).value().empty());
  // A roll-back: the predecessor writes as it always did.
  EXPECT_TRUE(opened.database().write([](db::Transaction& t) {
    return t.script("insert into studies(correlation_id, study_instance_uid) values ('c', '1.3')");
  }));
  ManualClock clock;
  ASSERT_TRUE(Recorder(opened.database(), clock, {}).record(std::vector{spooled("1.2", "1.2.1.1", "a")}));
  EXPECT_EQ(opened.database().read("select id from studies where study_instance_uid = '1.2'").value().at(0).integer(0),
            1);
}

/// With a column and a table that the predecessor may have beside those that we know.
std::unique_ptr<db::testing::OpenedSqlite> predecessor(const std::string& column = "", const std::string& table = "") {
  auto opened = std::make_unique<db::testing::OpenedSqlite>();
  const Result<> made = opened->database().write([&](db::Transaction& t) {
    return t.script(format(
        "create table studies(id integer primary key autoincrement, correlation_id varchar(36) not null, "
        "study_instance_uid varchar(128) not null unique, patient_id varchar(64), modality varchar(16), "
        "study_date varchar(16){});"
        "create index ix_studies_modality on studies(modality);"
        "insert into studies(correlation_id, study_instance_uid) values ('c', '1.2'), ('c', '1.3'), ('c', '1.4 ');{}",
        column, table));
  });
  EXPECT_TRUE(made) << made.error().message();
  return opened;
}

std::vector<std::string> rehearse(db::testing::OpenedSqlite& opened) {
  db::testing::OpenedSqlite scratch;
  return rehearse_upgrade(opened.database(), &scratch.database()).value();
}

TEST(Predecessor, IsCountedAndLeftAsItIs) {
  db::testing::OpenedSqlite empty;
  EXPECT_FALSE(look_at_predecessor(empty.database()).value());
  const auto opened = predecessor(", created_at datetime default current_timestamp");
  const std::string everything = "select count(*), group_concat(sql) from sqlite_master";
  const std::string before = opened->database().read(everything).value().at(0).text(1);
  const Predecessor found = *look_at_predecessor(opened->database()).value();
  EXPECT_FALSE(found.upgraded);
  EXPECT_EQ(found.rows, 3);
  EXPECT_EQ(found.odd_uids, 1);
  EXPECT_TRUE(rehearse(*opened).empty());
  EXPECT_EQ(opened->database().read(everything).value().at(0).text(1), before);
}

TEST(Predecessor, IsUpgradedAndItsRowsWaitForTheirStudies) {
  const auto opened = predecessor();
  ASSERT_TRUE(migrate(opened->database()));
  ManualClock clock;
  ASSERT_TRUE(Recorder(opened->database(), clock, {}).record(std::vector{spooled("1.2", "1.2.1.1", "a")}));
  const Predecessor found = *look_at_predecessor(opened->database()).value();
  EXPECT_TRUE(found.upgraded);
  EXPECT_EQ(found.rows, 2);
}

TEST(Predecessor, SaysWhatStandsAgainstItsUpgrade) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(rehearse(*predecessor(", source varchar(16)")), ElementsAre(HasSubstr("source")));
  EXPECT_THAT(rehearse(*predecessor("", "create table events(id integer)")), ElementsAre(HasSubstr("events")));
  EXPECT_THAT(rehearse(*predecessor("",
                                    "drop table studies; create table studies(id integer primary key, "
                                    "correlation_id text not null, study_instance_uid text not null unique, "
                                    "patient_id text, modality text, study_date text, created_at datetime not null)")),
              ElementsAre(HasSubstr("created_at")));
}

}  // namespace
}  // namespace dmw::catalog
