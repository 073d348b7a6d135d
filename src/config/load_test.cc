#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/table.h"
#include "config/test_folder.h"

namespace dmw::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Load, WithNothingSetThereIsADataFolderAndNothingElse) {
  const Loaded loaded = TestFolder().load();
  const Settings& settings = loaded.settings;
  EXPECT_FALSE(settings.orthanc.url || settings.kafka.bootstrap_servers || settings.http.metrics_port);
  EXPECT_EQ(settings.catalog.database.kind, DatabaseUrl::Kind::sqlite);
  EXPECT_EQ(settings.catalog.database.path, "./data/catalog.db");
  EXPECT_EQ(settings.storage.path, "./data/storage");
  EXPECT_EQ(settings.inbox.path, "./data/storage/inbox");
  EXPECT_EQ(settings.inbox.limit_bytes, 50ULL << 30);
  EXPECT_EQ(settings.inbox.header_limit_bytes, 256ULL << 20);
  EXPECT_EQ(settings.settle.quiet, 10s);
  EXPECT_EQ(settings.settle.max, 10min);
  EXPECT_EQ(settings.http.bind, "127.0.0.1");
  EXPECT_EQ(settings.http.port, 8000);
  EXPECT_EQ(settings.events.retention, std::chrono::days(90));
  EXPECT_GE(settings.catalog.attributes.size(), 30U);
  EXPECT_EQ(settings.log.level, log::Level::info);
  EXPECT_EQ(shown(loaded, "INBOX_PATH").origin, "default");
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(Load, ADraftHasWhatIsRightBesideWhatIsWrong) {
  TestFolder folder;
  folder.write(kEnvFile,
               "HTTP_PORT=http\nKAFKA_TOPIC=mine\nEVENT_PSEUDONYM_KEY_FILE=none\nREDIS_URL=x\nGCS_BUCKET=b\n");
  const Draft made = draft(folder.sources);
  EXPECT_THAT(made.errors, testing::UnorderedElementsAre(HasSubstr("REDIS_URL"), HasSubstr("HTTP_PORT: http"),
                                                         HasSubstr("EVENT_PSEUDONYM_KEY_FILE: ")));
  EXPECT_EQ(made.loaded.settings.http.port, 8000);
  EXPECT_EQ(made.loaded.settings.kafka.topic, "mine");
  EXPECT_THAT(made.loaded.warnings, ElementsAre(HasSubstr("GCS_BUCKET")));
}

TEST(Load, FlagsWinOverEnvironmentOverEnvFileOverFile) {
  TestFolder folder;
  folder.write(kTomlFile, "http_port = 1001\nsettle_quiet = \"1s\"\nkafka_topic = \"toml\"\northanc_connections = 4\n");
  folder.write(kEnvFile, "HTTP_PORT=1002\nSETTLE_QUIET=2s\nKAFKA_TOPIC=env\n");
  folder.sources.environment = {{"HTTP_PORT", "1003"}, {"settle_quiet", "3s"}};
  folder.sources.flags = {{"http_port", "1004"}};
  const Loaded loaded = folder.load();
  EXPECT_EQ(loaded.settings.http.port, 1004);
  EXPECT_EQ(shown(loaded, "HTTP_PORT").origin, "--set");
  EXPECT_EQ(loaded.settings.settle.quiet, 3s);
  EXPECT_EQ(shown(loaded, "SETTLE_QUIET").origin, "environment");
  EXPECT_EQ(loaded.settings.kafka.topic, "env");
  EXPECT_EQ(shown(loaded, "KAFKA_TOPIC").origin, ".env:3");
  EXPECT_EQ(loaded.settings.orthanc.connections, 4U);
  EXPECT_EQ(shown(loaded, "ORTHANC_CONNECTIONS").origin, "dicom-middleware.toml:4");
}

TEST(Load, AnEmptyValueIsTheDefaultAndHidesWeakerPlaces) {
  TestFolder folder;
  folder.write(kEnvFile, "ORTHANC_URL=http://a\nHTTP_PORT=\nORTHANC_USERNAME=\nORTHANC_PASSWORD=\n");
  folder.sources.environment = {{"ORTHANC_URL", ""}};
  const Loaded loaded = folder.load();
  EXPECT_FALSE(loaded.settings.orthanc.url || loaded.settings.orthanc.username || loaded.settings.orthanc.password);
  EXPECT_EQ(loaded.settings.http.port, 8000);
  EXPECT_EQ(shown(loaded, "HTTP_PORT").origin, "default (.env:2 is empty)");
}

TEST(Load, InEnvFileTheLastLineCountsAndInTheEnvironmentTheCapitals) {
  TestFolder folder;
  folder.write(kEnvFile, "KAFKA_TOPIC=a\nkafka_topic=b\n");
  folder.sources.environment = {{"HTTP_PORT", "1"}, {"http_port", "2"}};
  EXPECT_EQ(folder.load().settings.kafka.topic, "b");
  EXPECT_EQ(folder.load().settings.http.port, 1);
}

TEST(Load, ReportsEveryWrongValueOnALineOfItsOwnWithItsPlace) {
  TestFolder folder;
  folder.write(kEnvFile, "HTTP_PORT=70000\nnonsense\n");
  folder.sources.environment = {{"LOG_LEVEL", "loud"}};
  EXPECT_EQ(
      folder.errors(),
      ".env:2: this line is not NAME=value\n"
      "HTTP_PORT: 70000 is not a port; allowed: 1..65535 (.env:1)\n"
      "LOG_LEVEL: loud is not a value that this version knows; allowed: DEBUG, INFO, WARNING, ERROR (environment)");
}

TEST(Load, UnknownNamesAreRefusedInFilesAndFlags) {
  TestFolder folder;
  folder.write(kEnvFile, "HTTP_PROT=1\n");
  folder.write(kTomlFile, "orthanc_ulr = \"http://a\"\n");
  folder.sources.flags = {{"ZZZ", "1"}};
  EXPECT_EQ(folder.errors(),
            "dicom-middleware.toml:1: orthanc_ulr is not a setting of this version; did you mean orthanc_url?\n"
            ".env:1: HTTP_PROT is not a setting of this version; did you mean HTTP_PORT?\n"
            "--set: ZZZ is not a setting of this version");
}

TEST(Load, ANameThatIsTwiceInEnvIsWarnedAbout) {
  TestFolder folder;
  folder.write(kEnvFile, "DIMSE_CALLERS=CT01\nHTTP_PORT=1\nDIMSE_CALLERS=CT02\n");
  folder.sources.environment = {{"HTTP_PORT", "2"}};  // another place: that is how it is meant
  EXPECT_THAT(folder.load().warnings,
              ElementsAre(".env:3 replaces .env:1: DIMSE_CALLERS is set twice, and only the last one counts"));
}

TEST(Load, UnknownNamesInTheEnvironmentAreWarnedAboutWhenTheyLookLikeOurs) {
  TestFolder folder;
  folder.sources.environment = {{"ORTHANC_ULR", "http://a"}, {"HOME", "/"},           {"HTTP_PROXY", "http://p"},
                                {"http_proxy", "http://p"},  {"DMW_CRASH_AT", "x:1"}, {"DMW_TEST_KAFKA", "k"}};
  EXPECT_THAT(folder.load().warnings,
              ElementsAre("environment: ORTHANC_ULR is ignored, it is not a setting of this version; "
                          "did you mean ORTHANC_URL?"));
}

TEST(Load, AnUnknownNameBeginningAsASettingDoesIsWarnedAbout) {
  TestFolder folder;
  for (const Setting& setting : table()) {
    const std::string name = std::string(setting.name.substr(0, setting.name.find('_') + 1)) + "ZZZ";
    folder.sources.environment = {{name, "1"}};
    // LOG_ is in everybody's environment.
    const auto expected = setting.group == "Log" ? 0U : 1U;
    EXPECT_EQ(folder.load().warnings.size(), expected) << name;
  }
}

TEST(Load, VariablesOfOurCommandsAndScriptsAreNotToldAsIgnored) {
  TestFolder folder;
  for (const char* name : {"DMW_URL", "DMW_CRASH_AT", "DMW_TEST_KAFKA", "DMW_BINARY", "DMW_CORPUS"})
    folder.sources.environment.emplace_back(name, "x");
  EXPECT_THAT(folder.load().warnings, IsEmpty());
  folder.sources.environment = {{"DMW_ULR", "x"}};
  EXPECT_THAT(folder.load().warnings, ElementsAre(HasSubstr("DMW_ULR is ignored")));
}

TEST(Load, WhatKubernetesInjectsIsIgnored) {
  TestFolder folder;
  folder.sources.environment = {{"METRICS_PORT", "tcp://10.0.0.1:9090"},
                                {"HTTP_PORT", "tcp://10.0.0.2:80"},
                                {"KAFKA_PORT", "tcp://10.0.0.3:9092"},
                                {"KAFKA_SERVICE_HOST", "10.0.0.3"},
                                {"KAFKA_SERVICE_PORT", "9092"},
                                {"KAFKA_SERVICE_PORT_CLIENT", "9092"},
                                {"KAFKA_PORT_9092_TCP", "tcp://10.0.0.3:9092"},
                                {"KAFKA_PORT_9092_TCP_ADDR", "10.0.0.3"}};
  const Loaded loaded = folder.load();
  EXPECT_FALSE(loaded.settings.http.metrics_port);
  EXPECT_EQ(loaded.settings.http.port, 8000);
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(Load, ADoorThatOthersReachAndNobodyMayEnterIsToldOf) {
  TestFolder folder;
  folder.sources.environment = {{"DIMSE_BIND", "0.0.0.0"}};
  EXPECT_THAT(folder.load().warnings, ElementsAre("DIMSE_CALLERS: is not set, but DIMSE_BIND is 0.0.0.0; associations "
                                                  "of other machines are refused until it lists the callers"));
  folder.sources.environment.emplace_back("DIMSE_CALLERS", "@10.0.0.0/8");
  EXPECT_THAT(folder.load().warnings, IsEmpty());
}

TEST(Load, NamesOfEarlierProgramsCostOneWarning) {
  TestFolder folder;
  folder.write(kEnvFile, "GCS_PROJECT=p\nGCS_BUCKET=b\nSTORAGE_BACKEND=local\n");
  folder.sources.environment = {{"GOOGLE_APPLICATION_CREDENTIALS", "/key.json"}};
  EXPECT_THAT(
      folder.load().warnings,
      ElementsAre("GCS_BUCKET, GCS_PROJECT, GOOGLE_APPLICATION_CREDENTIALS: known from earlier programs, not used "
                  "by this version, ignored"));
}

TEST(Load, ASecretCanBeInAFile) {
  TestFolder folder;
  const std::string file = folder.write("password", "s3cret \n\r\n");
  folder.sources.environment = {{"ORTHANC_USERNAME", "u"}, {"ORTHANC_PASSWORD_FILE", file}};
  const Loaded loaded = folder.load();
  EXPECT_EQ(loaded.settings.orthanc.password->reveal(), "s3cret ");
  EXPECT_EQ(shown(loaded, "ORTHANC_PASSWORD").value, "***");
  EXPECT_THAT(shown(loaded, "ORTHANC_PASSWORD").origin, HasSubstr("environment, file "));
  const std::string url = folder.write("url", "postgres://u:p@h/d\n");
  folder.sources.environment = {{"DATABASE_URL_FILE", url}};
  EXPECT_EQ(folder.load().settings.catalog.database.url.reveal(), "postgresql://u:p@h/d");
}

TEST(Load, AStrongerPlaceWinsOverAFileVariantAndTheSamePlaceMayNotHaveBoth) {
  TestFolder folder;
  folder.write(kEnvFile, "ORTHANC_USERNAME=u\nORTHANC_PASSWORD_FILE=/nowhere\n");
  folder.sources.environment = {{"ORTHANC_PASSWORD", "direct"}};
  EXPECT_EQ(folder.load().settings.orthanc.password->reveal(), "direct");
  folder.sources.environment.emplace_back("ORTHANC_PASSWORD_FILE", "/nowhere");
  EXPECT_THAT(folder.errors(),
              HasSubstr("set either ORTHANC_PASSWORD or ORTHANC_PASSWORD_FILE, not both (environment)"));
  folder.sources.environment = {{"ORTHANC_PASSWORD_FILE", ""}, {"ORTHANC_PASSWORD", "direct"}};
  EXPECT_EQ(folder.load().settings.orthanc.password->reveal(), "direct");
}

TEST(Load, AnAbsentOrEmptySecretFileIsNamed) {
  TestFolder folder;
  folder.sources.flags = {{"EVENT_PSEUDONYM_KEY_FILE", "/nowhere/key"}};
  EXPECT_THAT(folder.errors(), HasSubstr("EVENT_PSEUDONYM_KEY_FILE: "));
  EXPECT_THAT(folder.errors(), HasSubstr("/nowhere/key"));
  folder.sources.flags = {{"EVENT_PSEUDONYM_KEY_FILE", folder.write("key", "\n")}};
  EXPECT_THAT(folder.errors(), HasSubstr("is empty (--set)"));
}

TEST(Load, NoErrorRepeatsASecret) {
  TestFolder folder;
  folder.sources.environment = {{"EVENT_PSEUDONYM_KEY", "hunter2"},
                                {"DATABASE_URL", "host=h password=hunter2"},
                                {"ORTHANC_URL", "http://u:hunter2@h"},
                                {"KAFKA_EXTRA", "sasl.password=x,hunter2"}};
  const std::string errors = folder.errors();
  EXPECT_EQ(std::ranges::count(errors, '\n'), 3) << errors;
  EXPECT_THAT(errors, Not(HasSubstr("hunter2")));
}

TEST(Load, KafkaExtraKeepsItsOrder) {
  TestFolder folder;
  folder.sources.flags = {{"KAFKA_EXTRA", "linger.ms=5, client.id=a=b"}};
  const Properties extra = folder.load().settings.kafka.extra;
  ASSERT_EQ(extra.size(), 2U);
  EXPECT_EQ(extra[0].first, "linger.ms");
  EXPECT_EQ(extra[1].second.reveal(), "a=b");
}

struct Contradiction {
  const char* name;
  std::map<std::string, std::string> flags;
  const char* says;
};

class LoadChecks : public testing::TestWithParam<Contradiction> {};

TEST_P(LoadChecks, RefuseAContradictionInOneSentence) {
  TestFolder folder;
  folder.sources.flags = GetParam().flags;
  EXPECT_THAT(folder.errors(), testing::StartsWith(GetParam().says));
  EXPECT_THAT(folder.errors(), Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(
    Contradictions, LoadChecks,
    testing::Values(
        Contradiction{"user", {{"ORTHANC_USERNAME", "u"}}, "ORTHANC_PASSWORD: is not set, but ORTHANC_USERNAME is"},
        Contradiction{"password", {{"ORTHANC_PASSWORD", "p"}}, "ORTHANC_USERNAME: is not set, but ORTHANC_PASSWORD is"},
        Contradiction{"ca", {{"ORTHANC_URL", "http://a"}, {"ORTHANC_CA_FILE", "ca.pem"}}, "ORTHANC_CA_FILE: "},
        Contradiction{"open", {{"HTTP_BIND", "0.0.0.0"}}, "HTTP_BIND: 0.0.0.0 accepts other machines without a login"},
        Contradiction{"key", {{"EVENT_PROFILE", "pseudonym"}}, "EVENT_PSEUDONYM_KEY: is not set"},
        Contradiction{"settle", {{"SETTLE_MAX", "5s"}}, "SETTLE_MAX: is shorter than SETTLE_QUIET"},
        Contradiction{"topics", {{"KAFKA_TOPIC", "t"}, {"KAFKA_DLQ_TOPIC", "t"}}, "KAFKA_DLQ_TOPIC: "},
        Contradiction{"sasl", {{"KAFKA_SECURITY_PROTOCOL", "sasl_ssl"}}, "KAFKA_SASL_USERNAME: is not set"},
        Contradiction{"plain", {{"KAFKA_SASL_USERNAME", "u"}}, "KAFKA_SECURITY_PROTOCOL: is plaintext"},
        Contradiction{"tls", {{"KAFKA_SSL_CA_FILE", "ca.pem"}}, "KAFKA_SECURITY_PROTOCOL: is plaintext"},
        Contradiction{"certificate",
                      {{"KAFKA_SECURITY_PROTOCOL", "ssl"}, {"KAFKA_SSL_CERTIFICATE_FILE", "c.pem"}},
                      "KAFKA_SSL_KEY_FILE: is not set"},
        Contradiction{"socket", {{"CONTROL_SOCKET", std::string(200, 'x')}}, "CONTROL_SOCKET: is longer"}),
    [](const testing::TestParamInfo<Contradiction>& tested) { return tested.param.name; });

TEST(Load, WhatIsRefusedAloneIsFineTogether) {
  TestFolder folder;
  folder.sources.flags = {{"HTTP_BIND", "0.0.0.0"},
                          {"HTTP_ALLOW_ANONYMOUS", "yes"},
                          {"EVENT_PROFILE", "Pseudonym"},
                          {"EVENT_PSEUDONYM_KEY", "0123456789abcdef"},
                          {"KAFKA_SECURITY_PROTOCOL", "SASL_SSL"},
                          {"KAFKA_SASL_MECHANISM", "scram-sha-512"},
                          {"KAFKA_SASL_USERNAME", "u"},
                          {"KAFKA_SASL_PASSWORD", "p"},
                          {"METRICS_PORT", "8000"}};
  const Settings settings = folder.load().settings;
  EXPECT_EQ(settings.events.profile, EventProfile::pseudonym);
  EXPECT_EQ(settings.kafka.security_protocol, "sasl_ssl");
  EXPECT_EQ(settings.kafka.sasl_mechanism, "SCRAM-SHA-512");
  EXPECT_FALSE(settings.http.metrics_port) << "the same port as HTTP_PORT serves the metrics already";
}

TEST(Load, AnUnreadableFileIsAnErrorNotAnAbsence) {
  TestFolder folder;
  std::filesystem::create_directory(folder.sources.directory / kEnvFile);
  EXPECT_THAT(folder.errors(), testing::StartsWith(".env: cannot be read"));
}

}  // namespace
}  // namespace dmw::config
