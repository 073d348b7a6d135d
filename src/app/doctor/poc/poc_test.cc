#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/backends.h"
#include "app/doctor/poc/checks.h"
#include "config/test_folder.h"
#include "db/sqlite/sqlite.h"

namespace dmw::app::doctor::poc {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

auto says(Verdict verdict, const std::string& words) {
  return AllOf(Field(&Finding::verdict, verdict), Field(&Finding::words, HasSubstr(words)));
}

constexpr const char* table_of_poc =
    "create table studies(id integer primary key, correlation_id varchar(36) not null, study_instance_uid varchar(128) "
    "not null unique, patient_id varchar(64), modality varchar(16), study_date varchar(16), created_at datetime not "
    "null default current_timestamp);"
    "insert into studies(correlation_id, study_instance_uid) values ('c', '1.2'), ('c', '1.3 ')";

class DoctorOfPoc : public testing::Test {
 protected:
  DoctorOfPoc() {
    settings_.catalog.database.path = path("poc.db");
    settings_.storage.path = path("storage");
    settings_.http.bind = "127.0.0.1";
  }

  fs::path path(const std::string& name) const { return folder_.sources.directory / name; }
  void make_database(const std::string& sql) {
    const auto made = open_database(settings_).value()->write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(made) << made.error().message();
  }

  config::TestFolder folder_;
  config::Settings settings_;
  Situation situation_{settings_, std::nullopt};
};

TEST_F(DoctorOfPoc, SaysOfEachSettingWhetherItCarriesOver) {
  folder_.write(config::kEnvFile,
                "ORTHANC_URL=http://orthanc:8042\nSTORAGE_BACKEND=gcs\nGCS_BUCKET=raw\nREDIS_URL=redis://\n"
                "KAFKA_BOOTSTRAP_SERVERS=kafka:9092\nORTHANC_USERNAME=u\nORTHANC_PASSWORD=hidden\nHTTP_PORT=8001\n");
  const Findings findings = compare_settings(config::draft(folder_.sources));
  EXPECT_THAT(findings, Contains(says(Verdict::ok, "ORTHANC_URL carries over (.env:1)")));
  EXPECT_THAT(findings, Contains(says(Verdict::ok, "ORTHANC_PASSWORD carries over")));
  EXPECT_THAT(findings, Contains(says(Verdict::ok, "1 setting of this version")));
  EXPECT_THAT(findings, Contains(says(Verdict::fail, "REDIS_URL is not a setting")));
  EXPECT_THAT(findings, Contains(says(Verdict::note, "GCS_BUCKET")));
  EXPECT_THAT(findings,
              Contains(AllOf(says(Verdict::fail, "STORAGE_BACKEND"), Field(&Finding::fix, HasSubstr("=local")))));
  EXPECT_THAT(findings, Not(Contains(says(Verdict::ok, "STORAGE_BACKEND"))));
  EXPECT_THAT(findings, Each(Field(&Finding::words, Not(HasSubstr("hidden")))));
}

TEST_F(DoctorOfPoc, DoesNotCarryOverWhatContradictsAnother) {
  folder_.write(config::kEnvFile, "KAFKA_TOPIC=same\nKAFKA_DLQ_TOPIC=same\n");
  EXPECT_THAT(
      compare_settings(config::draft(folder_.sources)),
      ElementsAre(says(Verdict::ok, "KAFKA_TOPIC carries over"), says(Verdict::fail, "KAFKA_DLQ_TOPIC: is the")));
}

TEST_F(DoctorOfPoc, SaysWhatIsMissingWhenThePeersAreNotNamed) {
  EXPECT_THAT(compare_settings(config::draft(folder_.sources)),
              ElementsAre(says(Verdict::note, "ORTHANC_URL"), says(Verdict::note, "KAFKA_BOOTSTRAP_SERVERS")));
}

TEST_F(DoctorOfPoc, TriesTheUpgradeAndLeavesTheDatabaseAsItIs) {
  EXPECT_THAT(compare_catalog(situation_), ElementsAre(says(Verdict::note, "does not exist")));
  EXPECT_FALSE(fs::exists(path("poc.db")));
  make_database(table_of_poc);
  EXPECT_THAT(compare_catalog(situation_), ElementsAre(says(Verdict::ok, "2 rows; the upgrade in place works"),
                                                       says(Verdict::note, "2 rows: revision 0"),
                                                       says(Verdict::note, "1 row with other characters")));
  const auto database = db::sqlite::open_to_look(path("poc.db")).value();
  EXPECT_EQ(database->read("select count(*) from sqlite_master where type = 'table'").value().at(0).integer(0), 1);
}

TEST_F(DoctorOfPoc, SaysWhyTheUpgradeFails) {
  make_database(std::string(table_of_poc) + "; create table sessions(id integer)");
  EXPECT_THAT(compare_catalog(situation_), Contains(says(Verdict::fail, "table sessions already exists")));
}

TEST_F(DoctorOfPoc, SaysThatThereIsNoTableOfThePoc) {
  make_database("create table others(id integer)");
  EXPECT_THAT(compare_catalog(situation_), ElementsAre(says(Verdict::note, "no table studies")));
}

TEST_F(DoctorOfPoc, SaysWhatTheStartDoesToTheFilesOfThePoc) {
  EXPECT_THAT(compare_store(situation_), ElementsAre(says(Verdict::ok, "empty")));
  fs::create_directories(path("storage") / "tmp");
  EXPECT_THAT(compare_store(situation_), ElementsAre(says(Verdict::note, "are not read")));
  std::ofstream(path("storage") / "tmp" / "a") << "x";
  EXPECT_THAT(compare_store(situation_), ElementsAre(says(Verdict::fail, "would remove")));
  std::ofstream(path("storage") / "store_id") << "x";
  EXPECT_THAT(compare_store(situation_), ElementsAre(says(Verdict::ok, "a store of this program")));
}

TEST_F(DoctorOfPoc, FindsTheFieldsOfThePocFirst) {
  EXPECT_THAT(compare_events(situation_), ElementsAre(says(Verdict::ok, "the 7 fields of the proof of concept first"),
                                                      says(Verdict::note, "null")));
  settings_.events.profile = config::EventProfile::ids;
  EXPECT_THAT(compare_events(situation_), Contains(says(Verdict::note, "EVENT_PROFILE")));
}

TEST_F(DoctorOfPoc, SaysHowTheTriggerIsAnswered) {
  EXPECT_THAT(compare_trigger(situation_), Contains(says(Verdict::note, "INGESTION_WAIT_SECONDS=60")));
  settings_.http.ingestion_wait = std::chrono::seconds(60);
  EXPECT_THAT(compare_trigger(situation_), Contains(says(Verdict::ok, "200, as before")));
}

TEST_F(DoctorOfPoc, SaysThatTheWebhookOfAnotherMachineDoesNotComeThrough) {
  for (const char* near : {"http://localhost:8042", "http://127.0.0.1", "http://[::1]:8042/orthanc"}) {
    settings_.orthanc.url = near;
    EXPECT_THAT(compare_trigger(situation_), Not(Contains(says(Verdict::note, "another machine")))) << near;
  }
  settings_.orthanc.url = "https://pacs.example.org:8042/orthanc";
  EXPECT_THAT(compare_trigger(situation_), Contains(says(Verdict::note, "pacs.example.org is another machine")));
  settings_.http.bind = "0.0.0.0";
  EXPECT_THAT(compare_trigger(situation_), Not(Contains(says(Verdict::note, "another machine"))));
}

TEST_F(DoctorOfPoc, JudgesTheHostUnderWhichTheWebhookCalls) {
  const auto judged = [&](const std::string& url) {
    situation_.webhook = url;
    return compare_trigger(situation_);
  };
  settings_.http.bind = "0.0.0.0";
  EXPECT_THAT(judged(""), Contains(says(Verdict::note, "names without a dot")));
  EXPECT_THAT(judged("http://dicom-middleware:8000"), Contains(says(Verdict::ok, "the host dicom-middleware")));
  EXPECT_THAT(judged("http://10.1.2.3:8000/"), Contains(says(Verdict::ok, "the host 10.1.2.3")));
  EXPECT_THAT(judged("http://gateway.example.org:8000"), Contains(says(Verdict::fail, "answered with 421")));
  settings_.http.hosts = {"*.example.org"};
  EXPECT_THAT(judged("https://gateway.example.org/"), Contains(says(Verdict::ok, "gateway.example.org")));
  const Findings refused = judged("http://dicom-middleware:8000");
  EXPECT_THAT(refused, Contains(says(Verdict::fail, "under the host dicom-middleware")));
  EXPECT_EQ(refused.back().fix, "set HTTP_HOSTS=*.example.org,dicom-middleware");
  EXPECT_THAT(judged("gateway"), Contains(says(Verdict::fail, "not an http:// or https:// address")));
}

}  // namespace
}  // namespace dmw::app::doctor::poc
