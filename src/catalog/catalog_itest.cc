// Needs a PostgreSQL that DMW_TEST_POSTGRES names. Each test has a schema of its own.
#include <fstream>
#include <thread>

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
#include "catalog/provenance.h"
#include "catalog/recording_contract.h"
#include "catalog/requests_contract.h"
#include "catalog/sinks_contract.h"
#include "catalog/versions_contract.h"
#include "catalog/views_contract.h"
#include "catalog/writes_contract.h"
#include "testing/eventually.h"
#include "testing/manual_clock.h"

namespace dmw::catalog {
namespace {

INSTANTIATE_TEST_SUITE_P(Postgres, OpeningContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedPostgres>(); }));
INSTANTIATE_TEST_SUITE_P(Postgres, ClockTrustContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedPostgres>(); }));
INSTANTIATE_TEST_SUITE_P(Postgres, GrowthContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedPostgres>(); }));
INSTANTIATE_TEST_SUITE_P(Postgres, CatalogContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedPostgres>(); }));
INSTANTIATE_TEST_SUITE_P(Postgres, OldRowsContract,
                         ::testing::Values([] { return std::make_unique<db::testing::OpenedPostgres>(); }));
INSTANTIATE_TEST_SUITE_P(Postgres, WritesContract,
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

struct ChangeOfADatabase {
  const char* name;
  const char* made;
  const char* undone;
  const char* says;  // part of the sentence
};

class Rehearsal : public ::testing::TestWithParam<ChangeOfADatabase> {};

TEST_P(Rehearsal, SaysWhatADatabaseRefusesToEveryInstance) {
  db::testing::PostgresSchema schema;
  const auto owner = db::postgres::open({.url = schema.url()}).value();
  const auto change = [&](const char* sql) {
    const Result<> done = owner->write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(done) << done.error().message();
  };
  ASSERT_TRUE(migrate(*owner));
  change(
      "create role dmw_rehearsal;"
      "do $$ begin execute format('grant all on schema %I to dmw_rehearsal', current_schema());"
      "execute format('grant all on all tables in schema %I to dmw_rehearsal', current_schema());"
      "execute format('grant all on all sequences in schema %I to dmw_rehearsal', current_schema()); end $$");
  {
    const auto program = db::postgres::open({.url = schema.url() + "%20-crole%3Ddmw_rehearsal"}).value();
    ManualClock clock;
    Recorder recorder(*program, clock, {});
    EXPECT_TRUE(recorder.rehearse()) << recorder.rehearse().error().message();
    change(GetParam().made);
    const Result<> refused = recorder.rehearse();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().message(), ::testing::HasSubstr(GetParam().says));
    EXPECT_THAT(refused.error().message(), ::testing::Not(::testing::HasSubstr("MMMM")));
    change(GetParam().undone);
    EXPECT_TRUE(recorder.rehearse());
    EXPECT_EQ(program->read("select count(*) from versions").value().at(0).integer(0), 0);
    EXPECT_EQ(program->read("select count(*) from sessions").value().at(0).integer(0), 0);
  }
  change("drop owned by dmw_rehearsal; drop role dmw_rehearsal");
}

INSTANTIATE_TEST_SUITE_P(
    Postgres, Rehearsal,
    ::testing::Values(
        ChangeOfADatabase{"not_null", "alter table versions add column x int not null",
                          "alter table versions drop column x", "\"x\" of relation \"versions\""},
        ChangeOfADatabase{"check", "alter table series add constraint none_at_all check (modality is null)",
                          "alter table series drop constraint none_at_all", "\"none_at_all\""},
        ChangeOfADatabase{"short_column",
                          "drop view v_instances; alter table versions alter column sop_uid type varchar(16)",
                          "alter table versions alter column sop_uid type text", "too long"},
        ChangeOfADatabase{"trigger",
                          "create function refuse() returns trigger language plpgsql as $$ begin "
                          "raise exception 'no %', new.sop_uid; end $$; create trigger refuse before insert on "
                          "versions for each row execute function refuse()",
                          "drop trigger refuse on versions", "function refuse()"},
        ChangeOfADatabase{"deferred_trigger",
                          "create function refuse() returns trigger language plpgsql as $$ begin "
                          "raise exception 'late'; end $$; create constraint trigger refuse after insert on "
                          "versions deferrable initially deferred for each row execute function refuse()",
                          "drop trigger refuse on versions", "function refuse()"},
        ChangeOfADatabase{"trigger_of_updates",
                          "create function refuse() returns trigger language plpgsql as $$ begin "
                          "raise exception 'no second instance'; end $$; create trigger refuse before update on "
                          "studies for each row execute function refuse()",
                          "drop trigger refuse on studies", "function refuse()"},
        ChangeOfADatabase{"quiet_trigger",
                          "create function quiet() returns trigger language plpgsql as $$ begin return null; end $$; "
                          "create trigger quiet before insert on versions for each row execute function quiet()",
                          "drop trigger quiet on versions", "of the table versions without an error"},
        ChangeOfADatabase{"revoked_update", "revoke update on studies from dmw_rehearsal",
                          "grant update on studies to dmw_rehearsal", "permission denied for table studies"},
        ChangeOfADatabase{"revoked_select", "revoke select on versions from dmw_rehearsal",
                          "grant select on versions to dmw_rehearsal", "permission denied for table versions"},
        ChangeOfADatabase{"dropped_column", "alter table series rename column modality to gone",
                          "alter table series rename column gone to modality", "modality"},
        ChangeOfADatabase{"revoked_right", "revoke insert on versions from dmw_rehearsal",
                          "grant insert on versions to dmw_rehearsal", "permission denied for table versions"}),
    [](const ::testing::TestParamInfo<ChangeOfADatabase>& tested) { return std::string(tested.param.name); });

TEST(Outages, ATableThatAnotherSessionHasLockedIsNoFaultOfARow) {
  const db::testing::PostgresSchema schema;
  const auto program = db::postgres::open({.url = schema.url(), .statement_timeout = std::chrono::seconds(1)}).value();
  ASSERT_TRUE(migrate(*program));
  const auto other = db::postgres::open({.url = schema.url()}).value();
  const auto lock = other->begin(db::Access::write).value();
  ASSERT_TRUE(lock->script("lock table versions in access exclusive mode"));
  ManualClock clock;
  Recorder recorder(*program, clock, {});
  const Result<> rehearsed = recorder.rehearse();
  ASSERT_FALSE(rehearsed);
  EXPECT_FALSE(db::may_be_of_rows(rehearsed.error())) << rehearsed.error().message();
}

TEST(Outages, ADatabaseThatOnlyReadsIsNoFaultOfARow) {
  const db::testing::PostgresSchema schema;
  const std::string read_only = schema.url() + "%20-cdefault_transaction_read_only%3Don";
  ASSERT_TRUE(migrate(*db::postgres::open({.url = schema.url()}).value()));
  const auto program = db::postgres::open({.url = read_only}).value();
  ManualClock clock;
  Recorder recorder(*program, clock, {});
  const Result<Recording> refused = recorder.record(std::vector{spooled("1.2", "1.2.1.1", "a")});
  ASSERT_FALSE(refused);
  EXPECT_FALSE(db::may_be_of_rows(refused.error())) << refused.error().message();
}

TEST(OldRows, ARowThatAnotherSessionHasLockedIsPassedOver) {
  const db::testing::PostgresSchema schema;
  const auto program = db::postgres::open({.url = schema.url(), .statement_timeout = std::chrono::seconds(2)}).value();
  ASSERT_TRUE(migrate(*program));
  ASSERT_TRUE(note_associations(*program, std::vector<Association>(3), {}));
  const auto other = db::postgres::open({.url = schema.url()}).value();
  const auto lock = other->begin(db::Access::write).value();
  ASSERT_TRUE(lock->query("select id from associations where id = 1 for update"));
  Forgetting forgetting;
  const Forgotten done = forgetting.pass(*program, ended_associations({1, 1'000, 1'000}), 10).value();
  EXPECT_EQ(done.rows, 2);
  EXPECT_FALSE(done.why);
}

/// What PostgreSQL has counted in the tables that grow with the instances.
struct TableScans {
  std::int64_t rows_inserted = 0;
  std::int64_t scans = 0;
  std::string scanned;
};

/// A connection tells what it did when it ends; `told` knows when that has come.
TableScans scans_of(const std::string& url, const std::function<bool(const TableScans&)>& told) {
  const auto database = db::postgres::open({.url = url}).value();
  TableScans scans;
  EXPECT_TRUE(eventually([&] {
    const db::Rows rows =
        database
            ->read(
                "select coalesce(sum(n_tup_ins), 0)::bigint, coalesce(sum(seq_scan), 0)::bigint, "
                "coalesce(string_agg(relname, ' ') filter (where seq_scan > 0), '') from pg_stat_user_tables "
                "where schemaname = current_schema() and relname in ('studies', 'series', 'versions', 'sessions', "
                "'settling')")
            .value();
    scans = {rows[0].integer(0), rows[0].integer(1), rows[0].text(2)};
    return told(scans);
  }));
  return scans;
}

/// However small it is: a plan that is made on the first day holds for some time.
TEST(Statements, OfABatchReadNoWholeTable) {
  const db::testing::PostgresSchema schema;
  ManualClock clock;
  ASSERT_TRUE(migrate(*db::postgres::open({.url = schema.url()}).value()));
  const TableScans of_indexes = scans_of(schema.url(), [](const TableScans& so_far) { return so_far.scans > 0; });
  {
    const auto database = db::postgres::open({.url = schema.url()}).value();
    Recorder recorder(*database, clock, {"orthanc"});
    const std::vector<std::vector<SpooledInstance>> batches = {
        {spooled("1.2", "1.2.1.1", "a"), spooled("1.3", "1.3.1.1", "b")},
        {spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "late")},
        {spooled("1.2", "1.2.1.1", "another version"), spooled("1.4", "1.2.1.1", "in another study")}};
    for (const std::vector<SpooledInstance>& batch : batches) {
      const Standing standing = recorder.look_up(batch).value();
      ASSERT_TRUE(recorder.record(batch, standing.lives));
    }
    ASSERT_EQ(recorder.look_up(batches[2]).value().known, (std::vector{true, true}));
    ASSERT_EQ(read_revisions(*database, std::vector<std::int64_t>{1, 2, 3}).value().size(), 3U);
    const DatasetName kept{StudyUid("1.2"), SopUid("1.2.1.1"), batches[2][0].fingerprint.dataset_sha256};
    ASSERT_TRUE(first_sessions(*database, std::vector{kept}).value()[0]);
  }
  constexpr std::int64_t inserted = 15;  // 3 studies, 3 series, 5 versions, 1 session and 3 to settle
  const TableScans all =
      scans_of(schema.url(), [](const TableScans& so_far) { return so_far.rows_inserted >= inserted; });
  EXPECT_EQ(all.rows_inserted, inserted);
  EXPECT_EQ(all.scans, of_indexes.scans) << "of " << all.scanned;
}

/// A new row version goes into the page of the old one, without an entry in any index, while no indexed column changes.
TEST(Statements, OfABatchTouchNoIndexOfAStudyThatGrows) {
  const db::testing::PostgresSchema schema;
  ASSERT_TRUE(migrate(*db::postgres::open({.url = schema.url()}).value()));
  {
    ManualClock clock;
    const auto database = db::postgres::open({.url = schema.url()}).value();
    Recorder recorder(*database, clock, {});
    for (int i = 0; i < 4; ++i) {
      const std::string sop = format("1.2.1.{}", i);
      ASSERT_TRUE(recorder.record(std::vector{spooled("1.2", sop, sop)}));
      clock.advance(1s);
    }
  }
  const auto database = db::postgres::open({.url = schema.url()}).value();
  db::Rows rows;
  EXPECT_TRUE(eventually([&] {
    rows = database
               ->read(
                   "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where schemaname = current_schema() and "
                   "relname = 'studies'")
               .value();
    return rows.at(0).integer(0) >= 3;
  }));
  EXPECT_EQ(rows.at(0).integer(0), 3);
  EXPECT_EQ(rows.at(0).integer(1), 3);
}

std::unique_ptr<db::testing::OpenedPostgres> predecessor(const std::string& column = "", const std::string& more = "") {
  auto opened = std::make_unique<db::testing::OpenedPostgres>();
  const Result<> made = opened->database().write([&](db::Transaction& t) {
    return t.script(format(
        "create table studies(id serial primary key, correlation_id varchar(36) not null, "
        "study_instance_uid varchar(128) not null unique, patient_id varchar(64), modality varchar(16), "
        "study_date varchar(16){});"
        "create index ix_studies_modality on studies(modality);"
        "insert into studies(correlation_id, study_instance_uid) values ('c', '1.2'), ('c', '1.3'), ('c', '1.4 ');{}",
        column, more));
  });
  EXPECT_TRUE(made) << made.error().message();
  return opened;
}

std::vector<std::string> rehearse(db::testing::OpenedPostgres& opened) {
  return rehearse_upgrade(opened.database(), nullptr).value();
}

TEST(Predecessor, IsCountedAndLeftAsItIs) {
  db::testing::OpenedPostgres empty;
  EXPECT_FALSE(look_at_predecessor(empty.database()).value());
  const auto opened = predecessor(", created_at timestamptz not null default now()");
  const Predecessor found = *look_at_predecessor(opened->database()).value();
  EXPECT_FALSE(found.upgraded);
  EXPECT_EQ(found.rows, 3);
  EXPECT_EQ(found.odd_uids, 1);
  EXPECT_GT(found.size_bytes, 0);
  EXPECT_TRUE(rehearse(*opened).empty());
  // Neither a table, nor a column, nor the next number has changed.
  EXPECT_EQ(
      opened->database()
          .read("select count(*) from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'")
          .value()
          .at(0)
          .integer(0),
      1);
  EXPECT_EQ(opened->database().read("select last_value from studies_id_seq").value().at(0).integer(0), 3);
  EXPECT_FALSE(look_at_predecessor(opened->database()).value()->upgraded);
  ASSERT_TRUE(migrate(opened->database()));
  EXPECT_TRUE(look_at_predecessor(opened->database()).value()->upgraded);
}

TEST(Predecessor, SaysWhatStandsAgainstItsUpgrade) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(rehearse(*predecessor(", created_at timestamptz not null default now()",
                                    "alter table studies alter column created_at drop default")),
              ElementsAre(HasSubstr("created_at")));
  EXPECT_THAT(rehearse(*predecessor(", source varchar(16)")), ElementsAre(HasSubstr("source")));
  EXPECT_THAT(rehearse(*predecessor("", "create table events(id int)")),
              ElementsAre(HasSubstr("events exists already")));
  EXPECT_THAT(rehearse(*predecessor("", "create view recent as select study_instance_uid from studies")),
              ElementsAre(HasSubstr("the view recent")));
}

/// That what is said to stand against it does.
TEST(Predecessor, WithAViewOnItCannotBeUpgraded) {
  EXPECT_FALSE(migrate(predecessor("", "create view recent as select study_instance_uid from studies")->database()));
  EXPECT_FALSE(migrate(predecessor("", "create table events(id int)")->database()));
}

TEST(Views, AndAllElseSaysWhatItIs) {
  db::testing::OpenedPostgres opened;
  ASSERT_TRUE(migrate(opened.database()));
  const db::Rows silent =
      opened.database()
          .read(
              "select c.relname || coalesce('.' || a.attname, '') from pg_class c left join pg_attribute a on "
              "a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped where c.relnamespace = "
              "current_schema()::regnamespace and c.relkind in ('r', 'v') and (obj_description(c.oid, 'pg_class') is "
              "null "
              "or col_description(c.oid, a.attnum) is null)")
          .value();
  for (const db::Row& row : silent) ADD_FAILURE() << row.text(0) << " has no comment: see schema/006.pg.sql";
}

/// The statements of a Markdown document.
std::vector<std::string> examples_of(const std::string& path) {
  std::ifstream document(path);
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```sql") examples.emplace_back();
    if (inside && !line.starts_with("```")) examples.back() += line + "\n";
    inside = line == "```sql" || (inside && line != "```");
  }
  return examples;
}

/// As a reader, who has no right to anything but the views.
TEST(Views, AnswerTheExamplesOfTheDocuments) {
  db::testing::OpenedPostgres opened;
  ASSERT_TRUE(migrate(opened.database()));
  const std::vector<std::string> examples = examples_of(DMW_SQL_DOCS);
  EXPECT_GE(examples.size(), 8U);
  if (opened.database().read("select 1 from pg_roles where rolname = 'dmw_read'")->empty()) GTEST_SKIP();
  const std::unique_ptr<db::Transaction> reader = opened.database().begin(db::Access::write).value();
  ASSERT_TRUE(reader->script("grant dmw_read to current_user; set local role dmw_read"));
  for (const std::string& example : examples) {
    const auto rows = reader->query(example.substr(0, example.rfind(';')));
    ASSERT_TRUE(rows) << example << rows.error().message();
  }
  EXPECT_FALSE(reader->query("select 1 from studies"));
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
