// Reads the header of a suspect file in a child process with limits, so that a crash of the reader does not end the
// program.
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

/// The child ended without an answer by its own fault: by a signal that it raised, or at a limit.
struct ChildCrashed {
  std::string how;
};

using HeaderOutcome = std::variant<HeaderReading, ChildCrashed>;

class HeaderProcess {
 public:
  /// Starts `program` with `arguments` and the file. The program answers on stdout in the form of answer().
  HeaderProcess(std::filesystem::path program, std::vector<std::string> arguments,
                std::chrono::seconds limit = std::chrono::seconds(60));

  /// Errors, none of which counts against the file: internal (no process could be started), timeout (a slow disk, a
  /// busy machine), unavailable (the child was killed from outside), and transient errors of reading in the child.
  Result<HeaderOutcome> read(const std::filesystem::path& file) const;

  /// The text that the child prints, and its parser.
  static std::string answer(const Result<HeaderReading>& read);
  /// Nullopt if the text is not such an answer.
  static std::optional<Result<HeaderReading>> parse(std::string_view text);

  /// Call it in the child before reading. Limits: 1 GiB of memory, 10 s of processor time (SIGXCPU), no core file.
  static void limit_this_process();

 private:
  std::filesystem::path program_;
  std::vector<std::string> arguments_;
  std::chrono::seconds limit_;
};

}  // namespace dmw::ingest
