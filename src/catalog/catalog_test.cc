#include "catalog/associations_contract.h"
#include "catalog/contract.h"
#include "catalog/requests_contract.h"
#include "catalog/versions_contract.h"

namespace dmw::catalog {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract,
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

}  // namespace
}  // namespace dmw::catalog
