#include "config/orthancs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Orthancs, ASectionIsAFurtherOrthancWithDefaultsOfItsOwn) {
  TestFolder folder;
  folder.write("password", "hunter2\n");
  folder.write(
      kTomlFile,
      "orthanc_url = \"http://a\"\northanc_connections = 4\n[orthanc.b]\nurl = \"https://b:8042/\"\nusername = "
      "\"u\"\npassword_file = \"" +
          folder.sources.directory.string() +
          "/password\"\nbackfill = \"none\"\npoll_interval = \"5s\"\nreplaces = true\n[orthanc.site-c]\nurl = "
          "\"http://c\"\n");
  const Loaded loaded = folder.load();
  ASSERT_EQ(orthancs(loaded.settings).size(), 3U);
  EXPECT_EQ(orthancs(loaded.settings).front()->url, "http://a") << "that of ORTHANC_* is the first";
  const Orthanc& b = *find_orthanc(loaded.settings, "b");
  EXPECT_EQ(b.url, "https://b:8042");
  EXPECT_EQ(b.password->reveal(), "hunter2");
  EXPECT_EQ(b.backfill, "none");
  EXPECT_EQ(b.poll_interval, 5s);
  EXPECT_TRUE(b.replaces);
  EXPECT_EQ(b.connections, 16U) << "and not those of another Orthanc";
  EXPECT_EQ(find_orthanc(loaded.settings, "site-c")->backfill, "all");
  EXPECT_EQ(source_name(b), "orthanc.b");
  EXPECT_EQ(source_name(loaded.settings.orthanc), "orthanc") << "what the catalog has of it goes on";
  EXPECT_EQ(setting_name(b, "ca_file"), "orthanc.b.ca_file");
  EXPECT_EQ(setting_name(loaded.settings.orthanc, "ca_file"), "ORTHANC_CA_FILE");
  EXPECT_EQ(shown(loaded, "orthanc.b.password").value, "***");
  EXPECT_THAT(print_text(loaded.values), Not(HasSubstr("hunter2")));
}

TEST(Orthancs, SectionsNeedNoOrthancBesideThem) {
  TestFolder folder;
  folder.write(kTomlFile, "[orthanc.b]\nurl = \"http://b\"\n");
  const Loaded loaded = folder.load();
  ASSERT_EQ(orthancs(loaded.settings).size(), 1U);
  EXPECT_FALSE(find_orthanc(loaded.settings, ""));
}

TEST(Orthancs, EveryMistakeHasItsLine) {
  TestFolder folder;
  folder.write(kEnvFile, "ORTHANC_URL=http://a:8042\n");
  const auto complaint = [&](const std::string& text) {
    folder.write(kTomlFile, text);
    return folder.errors();
  };
  const std::string begin = "[orthanc.b]\nurl = \"http://b\"\n";
  EXPECT_EQ(complaint(begin), "");
  EXPECT_THAT(
      complaint(begin + "backfil = \"all\"\n"),
      HasSubstr("orthanc.b.backfil: is not known in this section; did you mean backfill? (dicom-middleware.toml"));
  EXPECT_THAT(complaint(begin + "policy = \"required\"\n"), HasSubstr("orthanc.b.policy: is not known"));
  EXPECT_THAT(complaint(begin + "connections = 65\n"), HasSubstr("orthanc.b.connections: 65 is too large"));
  EXPECT_THAT(complaint("[orthanc.b]\n"), HasSubstr("orthanc.b.url: is not set; give the address of the Orthanc"));
  EXPECT_THAT(complaint("[orthanc.b]\nurl = \"\"\n"), HasSubstr("orthanc.b.url: is not set"));
  EXPECT_THAT(complaint("[orthanc.\"Site B\"]\nurl = \"http://b\"\n"), HasSubstr("is not a name for an Orthanc"));
  EXPECT_THAT(complaint("[orthanc]\nb = 1\n"), HasSubstr("orthanc.b: is not a section"));
  EXPECT_THAT(complaint(begin + "username = \"u\"\n"),
              HasSubstr("orthanc.b.password: is not set, but orthanc.b.username is"));
  EXPECT_THAT(complaint(begin + "ca_file = \"ca.pem\"\n"),
              HasSubstr("orthanc.b.ca_file: is set, but orthanc.b.url is"));
  EXPECT_THAT(complaint("[orthanc.b]\nurl = \"HTTP://A:8042/\"\n"),
              HasSubstr("orthanc.b.url: is the same as ORTHANC_URL: its studies would be fetched twice"));
}

TEST(Orthancs, ASectionAboutSettlingNamesOne) {
  TestFolder folder;
  folder.write(kTomlFile,
               "[settle.source.orthanc]\nquiet = \"3s\"\n[settle.source.orthanc.b]\nquiet = \"2s\"\n[orthanc.b]\nurl = "
               "\"http://b\"\n");
  const Loaded loaded = folder.load();
  EXPECT_EQ(loaded.settings.settle.by_source.at("orthanc").quiet, 3s);
  EXPECT_EQ(loaded.settings.settle.by_source.at("orthanc.b").quiet, 2s);
  folder.write(kTomlFile, "[settle.source.orthanc.b.c]\nquiet = \"2s\"\n");
  EXPECT_THAT(folder.errors(), HasSubstr("settle.source.orthanc.b.c: the value must be"));
}

TEST(Orthancs, ReloadTakesTheLoginOfEach) {
  TestFolder folder;
  const auto with = [&](const std::string& text) {
    folder.write(kTomlFile, text);
    return folder.load();
  };
  const std::string begin = "[orthanc.b]\nurl = \"http://b\"\nusername = \"u\"\n";
  Loaded in_force = with(begin + "password = \"one\"\n");
  EXPECT_THAT(take(in_force, with(begin + "password = \"two\"\n")).value().live, ElementsAre("orthanc.b.password"));
  EXPECT_EQ(in_force.settings.other_orthancs.at("b").password->reveal(), "two");
  EXPECT_EQ(in_force.settings.other_orthancs.at("b").url, "http://b");
  const std::string elsewhere = "[orthanc.b]\nurl = \"http://c\"\nusername = \"u\"\npassword = \"three\"\n";
  EXPECT_THAT(take(in_force, with(elsewhere)).value().after_restart, ElementsAre("orthanc.b.url", "orthanc.b.password"))
      << "a new password is not sent to the old place";
  const Changes gone = take(in_force, with("")).value();
  EXPECT_THAT(gone.after_restart, ElementsAre("orthanc.b"));
  EXPECT_THAT(gone.live, IsEmpty());
  EXPECT_EQ(in_force.settings.other_orthancs.size(), 1U);
}

}  // namespace
}  // namespace dmw::config
