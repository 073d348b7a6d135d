// Needs the PostgreSQL of DMW_TEST_POSTGRES, the Orthanc of DMW_TEST_ORTHANC and the broker of DMW_TEST_KAFKA.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/doctor/poc/checks.h"
#include "app/kafka_outlets.h"
#include "app/orthancs.h"
#include "base/uuid.h"
#include "catalog/cursors.h"
#include "catalog/migrations.h"
#include "db/test_database.h"
#include "events/kafka/kafka_sink.h"
#include "testing/scratch_folder.h"

namespace dmw::app::doctor::poc {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

auto says(Verdict verdict, const std::string& words) {
  return AllOf(Field(&Finding::verdict, verdict), Field(&Finding::words, HasSubstr(words)));
}

std::string named(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr) throw std::runtime_error(std::string(variable) + " is not set");
  return value;
}

class DoctorOfPocOnServers : public testing::Test {
 protected:
  DoctorOfPocOnServers() {
    settings_.catalog.database.kind = config::DatabaseUrl::Kind::postgresql;
    settings_.catalog.database.url = Private(schema_.url());
    settings_.storage.path = folder_ / "none";
    settings_.kafka.security_protocol = "plaintext";
  }

  void run(const std::string& sql) {
    const auto done = database_->write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(done) << done.error().message();
  }

  const ScratchFolder folder_;
  db::testing::PostgresSchema schema_;
  std::unique_ptr<db::Database> database_ = db::postgres::open({.url = schema_.url()}).value();
  config::Settings settings_;
  const Situation situation_{settings_, std::nullopt};
};

constexpr const char* table_of_poc =
    "create table studies(id serial primary key, correlation_id varchar(36) not null, study_instance_uid varchar(128) "
    "not null unique, patient_id varchar(64), modality varchar(16), study_date varchar(16), created_at timestamptz not "
    "null default now());"
    "insert into studies(correlation_id, study_instance_uid) values ('c', '1.2')";

TEST_F(DoctorOfPocOnServers, TriesTheUpgradeOfThePocsDatabase) {
  run(table_of_poc);
  EXPECT_THAT(compare_catalog(situation_),
              ElementsAre(says(Verdict::ok, "the upgrade in place works"), says(Verdict::note, "1 row: revision 0")));
  run("create view recent as select patient_id from studies");
  EXPECT_THAT(compare_catalog(situation_), Contains(says(Verdict::fail, "the view recent")));
  run("drop view recent");
  ASSERT_TRUE(catalog::migrate(*database_));
  EXPECT_THAT(compare_catalog(situation_),
              ElementsAre(says(Verdict::ok, "upgraded already"), says(Verdict::note, "1 row: revision 0")));
}

TEST_F(DoctorOfPocOnServers, SaysWhatTheFirstStartFetchesAndThenWhereItGoesOn) {
  settings_.orthanc.url = named("DMW_TEST_ORTHANC");
  run(table_of_poc);
  EXPECT_THAT(compare_orthanc(situation_), Contains(says(Verdict::note, "the first start fetches ")));
  settings_.inbox.disk_reserve_bytes = std::uint64_t{1} << 62U;
  EXPECT_THAT(compare_orthanc(situation_), Contains(says(Verdict::fail, "DISK_RESERVE_GIB")));
  ASSERT_TRUE(catalog::migrate(*database_));
  ASSERT_TRUE(database_->write(
      [](db::Transaction& t) { return catalog::write_cursor(t, orthanc_name, {.position = 41, .database_id = ""}); }));
  EXPECT_THAT(compare_orthanc(situation_), Contains(says(Verdict::ok, "read up to change 41")));
}

TEST_F(DoctorOfPocOnServers, SaysInHowManyPartitionsAStudyMayBe) {
  settings_.kafka.bootstrap_servers = named("DMW_TEST_KAFKA");
  for (const int partitions : {1, 3}) {
    const std::string name = "poc-" + Uuid::random().text();
    settings_.kafka.topic = name;
    settings_.kafka.dlq_topic = name + ".dlq";
    EXPECT_THAT(compare_kafka(situation_), ElementsAre(says(Verdict::fail, "missing: " + name)));
    events::kafka::Options options = kafka_options(settings_.kafka);
    options.partitions = partitions;
    options.replication = 1;
    options.create_topics = true;
    for (const Topic topic : {Topic::metadata, Topic::dead_letters})
      ASSERT_TRUE(events::kafka::KafkaSink::open(options, topic).value()->ensure_topic());
    EXPECT_THAT(compare_kafka(situation_),
                ElementsAre(says(Verdict::ok, name), partitions == 1 ? says(Verdict::ok, "has 1 partition: the order")
                                                                     : says(Verdict::note, "has 3 partitions")));
  }
}

}  // namespace
}  // namespace dmw::app::doctor::poc
