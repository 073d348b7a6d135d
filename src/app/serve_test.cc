#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/test_port.h"
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
                     "CATALOG_ATTRIBUTES: no DICOM attribute has the keyword 'Foo'"},
        WrongSetting{"parameter", {{"DATABASE_URL", "postgresql://u:hunter2@localhost/d?foo=bar"}}, wrong_url},
        WrongSetting{"port", {{"DATABASE_URL", "postgresql://u:hunter2@h:notaport/d"}}, wrong_url},
        WrongSetting{"sslmode", {{"DATABASE_URL", "postgresql://u:hunter2@h/d?sslmode=requird"}}, wrong_url},
        WrongSetting{
            "kafka_ca",
            {{"KAFKA_BOOTSTRAP_SERVERS", "k:9092"}, {"KAFKA_SECURITY_PROTOCOL", "ssl"}, {"KAFKA_SSL_CA_FILE", "/none"}},
            "KAFKA_SSL_CA_FILE: the file /none cannot be read"},
        WrongSetting{"orthanc_ca",
                     {{"ORTHANC_URL", "https://a"}, {"ORTHANC_CA_FILE", "/none"}},
                     "ORTHANC_CA_FILE: the file /none cannot be read"}),
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

class ServeDeathTest : public testing::Test {
 protected:
  config::Sources sources_of(const std::string& database_url) {
    config::Sources sources = folder_.sources;
    sources.flags = {{"DATABASE_URL", database_url},
                     {"STORAGE_PATH", (folder_.sources.directory / "storage").string()},
                     {"CONTROL_SOCKET", (folder_.sources.directory / "socket").string()},
                     {"DISK_RESERVE_GIB", "0"},
                     {"DIMSE_PORT", "0"},
                     {"HTTP_PORT", free_port()}};
    return sources;
  }

  const config::TestFolder folder_;
};

TEST_F(ServeDeathTest, ASignalWhileTheDatabaseIsAwayIsAPoliteEnd) {
  const config::Sources sources = sources_of("postgresql://u:p@127.0.0.1:1/d");
  for (const int signal : {SIGTERM, SIGINT})
    EXPECT_EXIT(serve_and_stop(sources, signal), testing::ExitedWithCode(exit_done), "stopped");
}

TEST_F(ServeDeathTest, ASignalWhileAnotherProcessHoldsTheLockOnMigrationsIsAPoliteEnd) {
  const std::string path = (folder_.sources.directory / "catalog.db").string();
  const int lock = ::open((path + ".dmw.migrate.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  EXPECT_EXIT(serve_and_stop(sources_of("sqlite:///" + path), SIGTERM), testing::ExitedWithCode(exit_done), "stopped");
  ::close(lock);
}

}  // namespace
}  // namespace dmw::app
