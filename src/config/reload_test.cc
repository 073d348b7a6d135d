#include "config/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/print.h"
#include "config/test_folder.h"

namespace dmw::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SettleSections, SayWhatDiffersForASourceOrAnAeTitle) {
  TestFolder folder;
  folder.write(kTomlFile,
               "settle_quiet = \"8s\"\n[settle.source.stow]\nquiet = \"5s\"\n[settle.ae.\"CT 01\"]\nquiet = "
               "\"30s\"\nmax = \"20m\"\n");
  const Loaded loaded = folder.load();
  const Settle& settle = loaded.settings.settle;
  EXPECT_EQ(settle.quiet, 8s);
  EXPECT_EQ(settle.by_source.at("stow").quiet, 5s);
  EXPECT_FALSE(settle.by_source.at("stow").max);
  EXPECT_EQ(settle.by_ae.at("CT 01").quiet, 30s);
  EXPECT_EQ(settle.by_ae.at("CT 01").max, 20min);
  EXPECT_EQ(shown(loaded, "settle.ae.CT 01.max").value, "20m");
  EXPECT_EQ(shown(loaded, "settle.ae.CT 01.max").origin, "dicom-middleware.toml:6");
  EXPECT_THAT(print_text(loaded.values), HasSubstr("settle.source.stow.quiet"));
}

TEST(SettleSections, EveryMistakeHasItsLine) {
  TestFolder folder;
  const auto complaint = [&](const std::string& text) {
    folder.write(kTomlFile, text);
    return folder.errors();
  };
  EXPECT_THAT(complaint("[settle.door.x]\nquiet = \"5s\"\n"), HasSubstr("toml:1: settle.door: is not known"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquiet = 5\n"), HasSubstr("settle.ae.CT01.quiet: 5 has no unit"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquite = \"5s\"\n"),
              HasSubstr("allowed: quiet, max (dicom-middleware.toml:2)"));
  EXPECT_THAT(complaint("[settle.ae.ABCDEFGHIJKLMNOPQ]\nquiet = \"5s\"\n"), HasSubstr("is not an AE title"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquiet = \"2d\"\n"), HasSubstr("is too long"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquiet = \"11m\"\n"), HasSubstr("max is shorter than quiet"));
  EXPECT_THAT(complaint("[settle]\nsource = 1\n"), HasSubstr("settle.source: is not known"));
  EXPECT_THAT(complaint("[settle.source]\nstow = 1\n"), HasSubstr("settle.source.stow: is not a section"));
  EXPECT_THAT(complaint("[settle.source.stow.quiet]\nx = 1\n"),
              HasSubstr("settle.source.stow.quiet: the value must be"));
  EXPECT_THAT(complaint("[dimse.a]\nurl = \"x\"\n"), HasSubstr("this section is not known"));
}

TEST(Reload, TellsWhatWasReplacedAndNoSecret) {
  TestFolder folder;
  folder.write(kEnvFile, "DIMSE_CALLERS=CT01\nORTHANC_USERNAME=dmw\nORTHANC_PASSWORD=hunter1\n");
  Loaded in_force = folder.load();
  folder.write(kEnvFile, "DIMSE_CALLERS=CT02\nORTHANC_USERNAME=dmw\nORTHANC_PASSWORD=hunter2\nSETTLE_QUIET=20s\n");
  const Changes found = take(in_force, folder.load()).value();
  EXPECT_EQ(found.live.size(), 3U);
  ASSERT_EQ(found.replaced.size(), 2U);
  for (const Replaced& one : found.replaced) {
    const bool callers = one.name == "DIMSE_CALLERS";
    EXPECT_EQ(one.before, callers ? "CT01" : "10s");
    EXPECT_EQ(one.after, callers ? "CT02" : "20s");
  }
}

TEST(Reload, TellsWhatIsInForceAndWhatWaitsForARestart) {
  TestFolder folder;
  folder.write(kTomlFile, "http_port = 8001\n[settle.ae.CT01]\nquiet = \"30s\"\n");
  Loaded in_force = folder.load();
  EXPECT_THAT(take(in_force, folder.load()).value().live, IsEmpty());
  folder.write(kTomlFile, "http_port = 8002\nsettle_max = \"20m\"\n[settle.ae.MR01]\nquiet = \"30s\"\n");
  const Changes found = take(in_force, folder.load()).value();
  EXPECT_THAT(found.live, ElementsAre("SETTLE_MAX", "settle.ae.MR01.quiet", "settle.ae.CT01.quiet"));
  EXPECT_THAT(found.after_restart, ElementsAre("HTTP_PORT"));
  EXPECT_EQ(in_force.settings.settle.max, 20min);
  EXPECT_EQ(in_force.settings.settle.by_ae.count("CT01"), 0U);
  EXPECT_EQ(in_force.settings.http.port, 8001);
  EXPECT_EQ(shown(in_force, "HTTP_PORT").value, "8001");
  EXPECT_EQ(shown(in_force, "settle.ae.MR01.quiet").value, "30s");
  // What waits is told each time, what was taken once.
  const Changes still = take(in_force, folder.load()).value();
  EXPECT_THAT(still.live, IsEmpty());
  EXPECT_THAT(still.after_restart, ElementsAre("HTTP_PORT"));
}

class SecretsAtReload : public testing::Test {
 protected:
  Changes after(const std::string& before, const std::string& now) {
    folder_.write(kEnvFile, before);
    in_force_ = folder_.load();
    folder_.write(kEnvFile, now);
    return take(in_force_, folder_.load()).value();
  }

  TestFolder folder_;
  Loaded in_force_;
};

TEST_F(SecretsAtReload, AreTakenWhereverTheyAreIn) {
  const std::string password = folder_.write("password", "old");
  const std::string rest = "ORTHANC_USERNAME=a\nORTHANC_PASSWORD_FILE=" + password +
                           "\nKAFKA_SECURITY_PROTOCOL=sasl_ssl\nKAFKA_SASL_USERNAME=k\n";
  folder_.write(kEnvFile, rest +
                              "KAFKA_SASL_PASSWORD=old\nDATABASE_URL=postgresql://u:old@h/d\n"
                              "KAFKA_EXTRA=ssl.keystore.password=old\nDIMSE_CALLERS=CT01\n"
                              "EVENT_PSEUDONYM_KEY=0123456789abcdef\n");
  in_force_ = folder_.load();
  folder_.write("password", "new");
  folder_.write(kEnvFile, rest +
                              "KAFKA_SASL_PASSWORD=new\nDATABASE_URL=postgresql://u:new@h/d\n"
                              "KAFKA_EXTRA=ssl.keystore.password=new\nDIMSE_CALLERS=CT01,CT02\n"
                              "EVENT_PSEUDONYM_KEY=fedcba9876543210\n");
  const Changes found = take(in_force_, folder_.load()).value();
  EXPECT_THAT(found.live, ElementsAre("ORTHANC_PASSWORD", "KAFKA_SASL_PASSWORD", "KAFKA_EXTRA", "DATABASE_URL",
                                      "DIMSE_CALLERS", "EVENT_PSEUDONYM_KEY"));
  EXPECT_THAT(found.after_restart, IsEmpty());
  EXPECT_EQ(in_force_.settings.orthanc.password->reveal(), "new");
  EXPECT_EQ(in_force_.settings.dimse.callers.rules.size(), 2U);
}

TEST_F(SecretsAtReload, AreNotShownToAPeerThatTheyAreNotFor) {
  const Changes orthanc = after("ORTHANC_URL=http://a\nORTHANC_USERNAME=u\nORTHANC_PASSWORD=one\n",
                                "ORTHANC_URL=http://b\nORTHANC_USERNAME=u\nORTHANC_PASSWORD=two\n");
  EXPECT_THAT(orthanc.live, IsEmpty());
  EXPECT_THAT(orthanc.after_restart, ElementsAre("ORTHANC_URL", "ORTHANC_PASSWORD"));
  EXPECT_EQ(in_force_.settings.orthanc.password->reveal(), "one");
  const Changes database = after("DATABASE_URL=postgresql://u:one@a/d\n", "DATABASE_URL=postgresql://u:two@b/d\n");
  EXPECT_THAT(database.after_restart, ElementsAre("DATABASE_URL"));
  const Changes kafka =
      after("KAFKA_SECURITY_PROTOCOL=sasl_ssl\nKAFKA_SASL_USERNAME=k\nKAFKA_SASL_PASSWORD=one\n",
            "KAFKA_SECURITY_PROTOCOL=sasl_plaintext\nKAFKA_SASL_USERNAME=k\nKAFKA_SASL_PASSWORD=two\n");
  EXPECT_THAT(kafka.live, IsEmpty());
  EXPECT_THAT(kafka.after_restart, ElementsAre("KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_PASSWORD"));
}

TEST_F(SecretsAtReload, WaitWithTheProtocolThatTheyAreFor) {
  folder_.write(kEnvFile, "ORTHANC_URL=http://a\n");
  in_force_ = folder_.load();
  // All together are right; the login alone would contradict the protocol that stays.
  folder_.write(kEnvFile, "KAFKA_SECURITY_PROTOCOL=sasl_ssl\nKAFKA_SASL_USERNAME=k\nKAFKA_SASL_PASSWORD=p\n");
  const Changes found = take(in_force_, folder_.load()).value();
  EXPECT_THAT(found.live, IsEmpty());
  EXPECT_FALSE(in_force_.settings.kafka.sasl_username);
}

TEST(Reload, NamesTheFilesWhoseContentIsReadAgain) {
  TestFolder folder;
  folder.sources.flags = {{"KAFKA_SECURITY_PROTOCOL", "ssl"}, {"KAFKA_SSL_CA_FILE", "ca.pem"}};
  Loaded in_force = folder.load();
  const Changes same = take(in_force, folder.load()).value();
  EXPECT_THAT(same.live, IsEmpty());
  EXPECT_THAT(same.read_again, ElementsAre("KAFKA_SSL_CA_FILE"));
  folder.sources.flags["KAFKA_SSL_CA_FILE"] = "other.pem";
  folder.sources.flags["ORTHANC_CA_FILE"] = "ca.pem";
  const Changes other = take(in_force, folder.load()).value();
  EXPECT_THAT(other.live, ElementsAre("ORTHANC_CA_FILE", "KAFKA_SSL_CA_FILE"));
  EXPECT_THAT(other.read_again, IsEmpty());
}

}  // namespace
}  // namespace dmw::config
