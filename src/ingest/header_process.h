// Reads the header of one suspect file in a child process with limits, so that a reader that crashes takes nobody
// along.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/spooled_instance.h"

namespace dmw::ingest {

/// The child ended by its own fault instead of saying what it found: a signal that it raised, a limit that it ran into.
struct ChildCrashed {
  std::string how;
};

using HeaderOutcome = std::variant<HeaderReading, ChildCrashed>;

class HeaderProcess {
 public:
  /// `program` is started with `arguments` and the file; it answers on stdout in the form that `answer` writes.
  HeaderProcess(std::filesystem::path program, std::vector<std::string> arguments,
                std::chrono::seconds limit = std::chrono::seconds(60));

  /// Errors: internal (no process could be started), timeout (a disk that is slow, a machine that is busy), unavailable
  /// (somebody killed the child), and the transient ones of the child's own reading: nothing that counts against the
  /// file.
  Result<HeaderOutcome> read(const std::filesystem::path& file) const;

  /// What the child prints, and how it is read back.
  static std::string answer(const Result<HeaderReading>& read);
  /// Nothing when it is no such answer.
  static std::optional<Result<HeaderReading>> parse(std::string_view text);

  /// In the child, before it reads: 1 GiB of memory, 10 s of processor time (SIGXCPU), no core file.
  static void limit_this_process();

 private:
  std::filesystem::path program_;
  std::vector<std::string> arguments_;
  std::chrono::seconds limit_;
};

}  // namespace dmw::ingest
