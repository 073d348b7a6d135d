// Needs a PostgreSQL that DMW_TEST_POSTGRES names. Each test has a schema of its own.
#include <thread>

#include "catalog/associations_contract.h"
#include "catalog/contract.h"
#include "catalog/requests_contract.h"
#include "catalog/versions_contract.h"

namespace dmw::catalog {
namespace {

INSTANTIATE_TEST_SUITE_P(Postgres, CatalogContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedPostgres>(); }));

TEST(Migrations, UpgradeADatabaseOfThePredecessorInPlace) {
  db::testing::OpenedPostgres opened;
  ASSERT_TRUE(opened.database().write([](db::Transaction& t) {
    return t.script(
        "create table studies(id serial primary key, correlation_id varchar(36) not null, "
        "study_instance_uid varchar(128) not null unique, patient_id varchar(64), modality varchar(16), "
        "study_date varchar(16), created_at timestamptz default now());"
        "insert into studies(correlation_id, study_instance_uid, patient_id) values ('c', '1.2', 'P1')");
  }));
  const auto migrated = migrate(opened.database());
  ASSERT_TRUE(migrated) << migrated.error().message();
  const db::Rows rows = opened.database().read("select revision, patient_id from studies").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].integer(0), 0);
  EXPECT_EQ(rows[0].text(1), "P1");
  EXPECT_TRUE(opened.database().write([](db::Transaction& t) {
    return t.script("insert into studies(correlation_id, study_instance_uid) values ('c', '1.3')");
  }));
  ManualClock clock;
  ASSERT_TRUE(Recorder(opened.database(), clock, {})
                  .record(std::vector{spooled("1.2", "1.2.1.1", "a"), spooled("1.4", "1.4.1.1", "b")}));
}

TEST(EventLog, PositionsAreCommitOrderWithManyWriters) {
  db::testing::OpenedPostgres opened;
  ASSERT_TRUE(migrate(opened.database()));
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 6; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 40; ++i) {
        const auto added = opened.database().write([&](db::Transaction& t) {
          return append(t, {event_named(format("{}/{}", writer, i)), event_named(format("{}/{}b", writer, i))});
        });
        EXPECT_TRUE(added) << added.error().message();
      }
    });
  }
  // A reader that goes on from the last position it has seen must never miss one.
  std::int64_t position = 0;
  while (position < 480) {
    const std::vector<Event> events = read_after(opened.database(), position, 100).value();
    for (const Event& event : events) ASSERT_EQ(event.position, ++position);
  }
}

}  // namespace
}  // namespace dmw::catalog
