// ImportSenders: the threads that send the files of an import, each over a connection of its own, so that what the
// other side writes to its disk goes there together.
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
  /// `timeout`: so long may pass without any file taken while the other side has no room.
  ImportSenders(const Remote& remote, const Uuid& import, ImportTally& tally, std::chrono::milliseconds timeout);
  ImportSenders(const ImportSenders&) = delete;
  ImportSenders& operator=(const ImportSenders&) = delete;
  ~ImportSenders();

  /// Blocks while enough files are under way. Errors: that of finish(), as soon as it is known.
  Result<> send(ImportFile file);
  /// Waits for all. Errors: unavailable (no answer for a minute; what was acknowledged is safe), full (no room for as
  /// long as the timeout says), unauthorized, and what else the other side refuses whatever is sent.
  Result<> finish();
  /// How many files were given to send() and came to no end, after finish().
  std::size_t left() const { return left_; }

 private:
  void run();
  std::optional<ImportFile> next();
  /// One file until there is an answer. Errors: those of all.
  Result<> deliver(http::Client& client, const ImportFile& file);
  Result<> note_answer(const http::Response& response, const ImportFile& file);
  Result<> wait_a_moment(const Error& why, std::chrono::steady_clock::time_point since);
  /// As wait_a_moment(), while the other side answers and refuses.
  Result<> wait_for_room(const Error& why, std::chrono::steady_clock::time_point began);
  void give_up(const Error& why);

  const Remote& remote_;
  const std::string path_;
  ImportTally& tally_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<ImportFile> files_;
  bool ended_ = false;
  std::optional<Error> failed_;
  std::size_t left_ = 0;
  std::chrono::steady_clock::time_point taken_at_ = std::chrono::steady_clock::now();  // the last file
  std::vector<std::jthread> threads_;
};

}  // namespace dmw::app
