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
  ImportSenders(const Remote& remote, const Uuid& import, ImportTally& tally);
  ImportSenders(const ImportSenders&) = delete;
  ImportSenders& operator=(const ImportSenders&) = delete;
  ~ImportSenders();

  /// Blocks while enough files are under way. Errors: that of finish(), as soon as it is known.
  Result<> send(ImportFile file);
  /// Waits for all. Errors: unavailable (no answer for a minute; what was acknowledged is safe), unauthorized, and what
  /// else the other side refuses whatever is sent.
  Result<> finish();

 private:
  void run();
  std::optional<ImportFile> next();
  /// One file until there is an answer. Errors: those of all.
  Result<> deliver(http::Client& client, const ImportFile& file);
  Result<> note_answer(const http::Response& response, const ImportFile& file);
  Result<> wait_a_moment(const Error& why, std::chrono::steady_clock::time_point since);
  void give_up(const Error& why);

  const Remote& remote_;
  const std::string path_;
  ImportTally& tally_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ImportFile> files_;
  bool ended_ = false;
  std::optional<Error> failed_;
  std::vector<std::jthread> threads_;
};

}  // namespace dmw::app
