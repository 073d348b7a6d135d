// ImportTally: counts the results of an import and shows its progress: a line on a terminal, otherwise a log line every
// 10 s; with JSON one object per file.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace dmw::app {

/// The result for one file.
enum class FileEnding {
  added,
  same,
  set_aside,
  kept,       // safe on disk, catalogued later
  failed,     // it could not be read or sent
  not_dicom,  // another file next to the images
  dicomdir,
};

struct ImportCounts {
  std::uint64_t added = 0;
  std::uint64_t same = 0;
  std::uint64_t set_aside = 0;
  std::uint64_t kept = 0;
  std::uint64_t failed = 0;
  std::uint64_t not_dicom = 0;
  std::uint64_t dicomdir = 0;
  std::uint64_t bytes = 0;
  std::uint64_t not_taken = 0;  // after an early end: files that were counted but not processed

  std::uint64_t files() const { return added + same + set_aside + kept + failed; }
};

/// "15 files: 12 new, 3 same, 0 dead letters", and further numbers that are not 0.
std::string summary(const ImportCounts& counts);

/// Any thread.
class ImportTally {
 public:
  enum class Form { words, json };
  explicit ImportTally(Form form);

  /// `name` is the name for people; `reason` is printed with a failure.
  void add(FileEnding ending, const std::string& name, std::uint64_t bytes, const std::string& reason = {});
  /// Sets the total number of files, when it is known.
  void expect(std::uint64_t files);
  /// Sets the reason of a wait, shown with the progress until it is empty.
  void waits_for(std::string_view what);
  /// Shows the progress if it is time to.
  void tick();
  /// The import has ended early: `left` files have no result, and the rest was not sent.
  void ended_early(std::uint64_t left);
  /// The last line, on stdout.
  void finish();

  ImportCounts counts() const;

 private:
  std::string progress_line(std::chrono::duration<double> elapsed) const;
  void complain(const std::string& name, std::string_view what, const std::string& reason);
  void clear_line();

  const Form form_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point began_;
  mutable std::mutex mutex_;  // guards the members below, and both streams
  ImportCounts counts_;
  std::optional<std::uint64_t> expected_;
  std::string waits_for_;
  std::uint64_t complaints_ = 0;
  std::chrono::steady_clock::time_point told_at_;
  bool line_open_ = false;
};

}  // namespace dmw::app
