#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands.h"
#include "config/test_folder.h"

namespace dmw::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct WrongSetting {
  const char* name;
  std::map<std::string, std::string> flags;
  const char* says;
};

class SettingsOfAStart : public testing::TestWithParam<WrongSetting> {};

std::string told_by(int (*command)(const config::Sources&), const config::Sources& sources) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(command(sources), exit_usage);
  return testing::internal::GetCapturedStderr();
}

TEST_P(SettingsOfAStart, AreRefusedByTheCheckAndByServeInOneSentence) {
  config::TestFolder folder;
  folder.sources.flags = GetParam().flags;
  const std::string told = told_by(config_check, folder.sources);
  ASSERT_THAT(told, StartsWith(GetParam().says));
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << told;
  EXPECT_THAT(told, HasSubstr("; allowed: "));
  EXPECT_THAT(told, Not(HasSubstr("hunter2")));
  EXPECT_EQ(told_by(serve, folder.sources), told);
}

constexpr const char* wrong_url = "DATABASE_URL: the value ";

INSTANTIATE_TEST_SUITE_P(
    Wrong, SettingsOfAStart,
    testing::Values(
        WrongSetting{"keyword",
                     {{"CATALOG_ATTRIBUTES", "Modality,Foo"}},
                     "CATALOG_ATTRIBUTES: no attribute has the keyword 'Foo'"},
        WrongSetting{"parameter", {{"DATABASE_URL", "postgresql://u:hunter2@localhost/d?foo=bar"}}, wrong_url},
        WrongSetting{"port", {{"DATABASE_URL", "postgresql://u:hunter2@h:notaport/d"}}, wrong_url},
        WrongSetting{"sslmode", {{"DATABASE_URL", "postgresql://u:hunter2@h/d?sslmode=requird"}}, wrong_url},
        WrongSetting{
            "kafka_ca",
            {{"KAFKA_BOOTSTRAP_SERVERS", "k:9092"}, {"KAFKA_SECURITY_PROTOCOL", "ssl"}, {"KAFKA_SSL_CA_FILE", "/none"}},
            "KAFKA_SSL_CA_FILE: /none is not a file that can be read"},
        WrongSetting{"orthanc_ca",
                     {{"ORTHANC_URL", "https://a"}, {"ORTHANC_CA_FILE", "/none"}},
                     "ORTHANC_CA_FILE: /none is not a file that can be read"}),
    [](const testing::TestParamInfo<WrongSetting>& tested) { return tested.param.name; });

/// In a process of its own: with the signal waiting already when serve begins.
[[noreturn]] void serve_and_stop(const config::Sources& sources, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::raise(signal);
  std::exit(serve(sources));
}

TEST(ServeDeathTest, ASignalWhileTheDatabaseIsAwayIsAPoliteEnd) {
  const config::TestFolder folder;
  config::Sources sources = folder.sources;
  sources.flags = {{"DATABASE_URL", "postgresql://u:p@127.0.0.1:1/d"},
                   {"STORAGE_PATH", (folder.sources.directory / "storage").string()},
                   {"CONTROL_SOCKET", (folder.sources.directory / "socket").string()}};
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EXIT(serve_and_stop(sources, signal), testing::ExitedWithCode(exit_done),
                "stopped before the database answered");
  }
}

}  // namespace
}  // namespace dmw::app
