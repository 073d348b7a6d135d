// Private servers of a test, started with tests/support/servers. The including program defines DMW_SOURCE_DIR.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/format.h"
#include "testing/scratch_folder.h"

namespace dmw {

/// The output of the command. If the command fails, the test fails.
inline std::string output_of(const std::string& command) {
  std::string text;
  FILE* const pipe = ::popen(command.c_str(), "r");
  for (int byte = 0; pipe != nullptr && (byte = std::fgetc(pipe)) != EOF;) text += static_cast<char>(byte);
  EXPECT_TRUE(pipe != nullptr && ::pclose(pipe) == 0) << command;
  return text;
}

/// Empty if it is not set.
inline std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// One server in a folder of its own, killed at the end.
class OwnServer {
 public:
  /// `kind` and `settings`: as in tests/support/servers.
  explicit OwnServer(const std::string& kind, const std::string& settings = "") {
    const std::string told = output_of(format("{} start {} {} {}", servers(), kind, folder().string(), settings));
    const std::size_t from = told.find('=') + 1;
    address_ = told.substr(from, told.find('\n') - from);
  }
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;
  ~OwnServer() { output_of(format("{} stop-all {}", servers(), scratch_.path().string())); }

  /// Runs an action such as stop, kill9 or freeze; `member`: of a cluster.
  void run(const std::string& act, const std::string& member = "") {
    output_of(format("{} {} {}", servers(), act, (folder() / member).string()));
  }
  /// The first line of its output.
  const std::string& address() const { return address_; }
  std::filesystem::path folder() const { return scratch_ / "server"; }

 private:
  static std::string servers() { return DMW_SOURCE_DIR "/tests/support/servers"; }

  const ScratchFolder scratch_ = ScratchFolder::on_disk();
  std::string address_;
};

}  // namespace dmw
