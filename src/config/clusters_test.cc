#include "config/clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/comparison.h"
#include "config/print.h"
#include "config/reload.h"
#include "config/test_folder.h"

namespace dmw::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Clusters, ASectionIsAFurtherClusterWithDefaultsOfItsOwn) {
  TestFolder folder;
  folder.write("password", "hunter2\n");
  folder.write(
      kTomlFile,
      "kafka_topic = \"mine\"\n[kafka.archive]\nbootstrap_servers = [\"a:9092\", \"b:9092\"]\n"
      "security_protocol = \"sasl_ssl\"\nsasl_username = \"u\"\nsasl_password_file = \"" +
          folder.sources.directory.string() +
          "/password\"\npolicy = \"best_effort\"\n[kafka.other]\nbootstrap_servers = \"c:9092\"\npartitions = 3\n"
          "begin = \"now\"\n");
  const Loaded loaded = folder.load();
  ASSERT_EQ(clusters(loaded.settings).size(), 2U) << "nothing is published to that of KAFKA_*";
  const Kafka& archive = *cluster(loaded.settings, "archive");
  EXPECT_EQ(archive.bootstrap_servers, "a:9092,b:9092");
  EXPECT_EQ(archive.topic, "dicom.metadata.v1") << "and not that of another cluster";
  EXPECT_EQ(archive.sasl_password->reveal(), "hunter2");
  EXPECT_EQ(archive.rules.policy, SinkPolicy::best_effort);
  EXPECT_EQ(archive.rules.give_up_after, 1h);
  const Kafka& other = *cluster(loaded.settings, "other");
  EXPECT_EQ(other.rules.policy, SinkPolicy::required);
  EXPECT_FALSE(other.rules.give_up_after);
  EXPECT_EQ(other.rules.begin, SinkBegin::now);
  EXPECT_EQ(other.partitions, 3U);
  EXPECT_FALSE(cluster(loaded.settings, ""));
  EXPECT_EQ(loaded.settings.kafka.topic, "mine");
  EXPECT_EQ(shown(loaded, "kafka.archive.sasl_password").value, "***");
  EXPECT_THAT(print_text(loaded.values), Not(HasSubstr("hunter2")));
  EXPECT_EQ(shown(loaded, "kafka.other.partitions").origin, "dicom-middleware.toml:10");
  EXPECT_EQ(setting_name(archive, "dlq_topic"), "kafka.archive.dlq_topic");
  EXPECT_EQ(setting_name(loaded.settings.kafka, "dlq_topic"), "KAFKA_DLQ_TOPIC");
}

TEST(Clusters, EveryMistakeHasItsLine) {
  TestFolder folder;
  folder.write(kEnvFile, "KAFKA_BOOTSTRAP_SERVERS=k:9092\n");
  const auto complaint = [&](const std::string& text) {
    folder.write(kTomlFile, text);
    return folder.errors();
  };
  const std::string begin = "[kafka.a]\nbootstrap_servers = \"a:9092\"\n";
  EXPECT_EQ(complaint(begin), "");
  EXPECT_THAT(complaint(begin + "tpic = \"x\"\n"),
              HasSubstr("kafka.a.tpic: is not known in this section; did you mean topic? (dicom-middleware.toml:3)"));
  EXPECT_THAT(complaint(begin + "topic = \"a b\"\n"), HasSubstr("kafka.a.topic: a b is not"));
  EXPECT_THAT(complaint("[kafka.a]\ntopic = \"t\"\n"), HasSubstr("kafka.a.bootstrap_servers: is not set"));
  EXPECT_THAT(complaint("[kafka.a]\n"), HasSubstr("kafka.a.bootstrap_servers: is not set"));
  EXPECT_THAT(complaint("[kafka.\"A b\"]\nbootstrap_servers = \"a:9092\"\n"), HasSubstr("is not a name for a cluster"));
  EXPECT_THAT(complaint("[kafka]\na = 1\n"), HasSubstr("kafka.a: is not a section"));
  EXPECT_THAT(complaint(begin + "give_up_after = \"1h\"\n"), HasSubstr("a required cluster is never given up"));
  EXPECT_THAT(complaint(begin + "policy = \"best_effort\"\ngive_up_after = \"1s\"\n"),
              HasSubstr("kafka.a.give_up_after: 1s"));
  EXPECT_THAT(complaint(begin + "policy = \"none\"\n"), HasSubstr("allowed: required, best_effort"));
  EXPECT_THAT(complaint(begin + "sasl_username = \"u\"\n"), HasSubstr("kafka.a.security_protocol: is plaintext"));
  EXPECT_THAT(complaint(begin + "sasl_password = \"x\"\nsasl_password_file = \"y\"\n"), HasSubstr("not both"));
  EXPECT_THAT(complaint(begin + "dlq_topic = \"dicom.metadata.v1\"\n"), HasSubstr("kafka.a.dlq_topic: is the same"));
  EXPECT_THAT(complaint("[kafka.a]\nbootstrap_servers = \"k:9092\"\n"), HasSubstr("each event would be there twice"));
  EXPECT_EQ(complaint("[kafka.a]\nbootstrap_servers = \"k:9092\"\ntopic = \"x\"\ndlq_topic = \"y\"\n"), "");
  EXPECT_THAT(complaint(begin + "sasl_password = 'hunter2'\n"), Not(HasSubstr("hunter2")));
}

class ClusterReload : public testing::Test {
 protected:
  static std::string section(const std::string& more) {
    return "[kafka.archive]\nbootstrap_servers = \"a:9092\"\nsecurity_protocol = \"sasl_ssl\"\nsasl_username = "
           "\"u\"\n" +
           more;
  }
  Changes after(const std::string& text) {
    folder_.write(kTomlFile, text);
    return take(in_force_, folder_.load()).value();
  }
  void start_with(const std::string& text) {
    folder_.write(kTomlFile, text);
    in_force_ = folder_.load();
  }

  TestFolder folder_;
  Loaded in_force_;
};

TEST_F(ClusterReload, TakesTheSecretsOfEachCluster) {
  start_with(section("sasl_password = \"one\"\nssl_ca_file = \"ca.pem\"\n"));
  const json::object told_before = told(in_force_);
  const Changes found = after(section("sasl_password = \"two\"\nssl_ca_file = \"ca.pem\"\n"));
  EXPECT_THAT(found.live, ElementsAre("kafka.archive.sasl_password"));
  EXPECT_THAT(found.after_restart, IsEmpty());
  EXPECT_THAT(found.replaced, IsEmpty()) << "it is a secret";
  EXPECT_THAT(found.read_again, ElementsAre("kafka.archive.ssl_ca_file"));
  EXPECT_EQ(in_force_.settings.other_kafkas.at("archive").sasl_password->reveal(), "two");
  EXPECT_EQ(in_force_.settings.other_kafkas.at("archive").sasl_username, "u");
  ASSERT_EQ(differences(told_before, in_force_).size(), 1U) << "another secret is seen, and not told";
}

TEST_F(ClusterReload, AnotherClusterAndItsLoginWaitForARestart) {
  start_with(section("sasl_password = \"one\"\n"));
  const std::string moved =
      "[kafka.archive]\nbootstrap_servers = \"b:9092\"\nsecurity_protocol = \"sasl_ssl\"\nsasl_username = \"u\"\n"
      "sasl_password = \"two\"\n";
  EXPECT_THAT(after(moved).after_restart,
              ElementsAre("kafka.archive.bootstrap_servers", "kafka.archive.sasl_password"));
  EXPECT_EQ(in_force_.settings.other_kafkas.at("archive").sasl_password->reveal(), "one");
  EXPECT_THAT(after("").after_restart, ElementsAre("kafka.archive")) << "it went";
  EXPECT_EQ(in_force_.settings.other_kafkas.size(), 1U);
  EXPECT_EQ(shown(in_force_, "kafka.archive.sasl_username").value, "u");
  const Changes came = after(section("sasl_password = \"one\"\n") + "[kafka.b]\nbootstrap_servers = \"b:1\"\n");
  EXPECT_THAT(came.after_restart, ElementsAre("kafka.b"));
  EXPECT_THAT(came.live, IsEmpty());
  EXPECT_EQ(in_force_.settings.other_kafkas.size(), 1U);
}

}  // namespace
}  // namespace dmw::config
