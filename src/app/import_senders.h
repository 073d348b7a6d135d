// ImportSenders: the threads that send the files of an import, each over its own connection, so that the server can
// sync several files together.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/import_files.h"
#include "app/import_tally.h"
#include "app/remote.h"
#include "base/result.h"
#include "base/uuid.h"

namespace dmw::app {

class ImportSenders {
 public:
  /// `timeout`: longest time without an accepted file while the server has no space.
  ImportSenders(const Remote& remote, const Uuid& import, ImportTally& tally, std::chrono::milliseconds timeout);
  ImportSenders(const ImportSenders&) = delete;
  ImportSenders& operator=(const ImportSenders&) = delete;
  ~ImportSenders();

  /// Sends a file; blocks while enough files are being sent. Errors: that of finish(), as soon as it is known.
  Result<> send(ImportFile file);
  /// Waits for all files. Errors: unavailable (no answer for a minute; acknowledged files are safe), full (no space
  /// during the timeout), unauthorized, and other refusals of all files.
  Result<> finish();
  /// After finish(): the number of files without a result.
  std::size_t left() const { return left_; }

 private:
  void run();
  std::optional<ImportFile> next();
  /// Sends one file until there is an answer. Errors: those that concern all files.
  Result<> deliver(http::Client& client, const ImportFile& file);
  Result<> note_answer(const http::Response& response, const ImportFile& file);
  Result<> wait_a_moment(const Error& why, std::chrono::steady_clock::time_point since);
  /// As wait_a_moment(), while the server answers and refuses.
  Result<> wait_for_room(const Error& why, std::chrono::steady_clock::time_point began);
  void give_up(const Error& why);

  const Remote& remote_;
  const std::string path_;
  ImportTally& tally_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<ImportFile> files_;
  bool ended_ = false;
  std::optional<Error> failed_;
  std::size_t left_ = 0;
  std::chrono::steady_clock::time_point taken_at_ = std::chrono::steady_clock::now();  // time of the last accepted file
  std::vector<std::jthread> threads_;
};

}  // namespace dmw::app
