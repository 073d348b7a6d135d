// ImportTally: what an import has seen so far, and how it tells of it: a line that counts on a terminal, a line of the
// log every 10 s otherwise, one object a file as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace dmw::app {

/// What became of one file.
enum class FileEnding {
  added,
  same,
  set_aside,
  kept,       // durable, and recorded later
  failed,     // it could not be read or sent
  not_dicom,  // something else that lay beside the images
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
  std::uint64_t not_taken = 0;  // when it ended early: of the files to look at, as far as they were counted

  std::uint64_t files() const { return added + same + set_aside + kept + failed; }
};

/// "15 files: 12 new, 3 same, 0 set aside", and what else there was to tell.
std::string summary(const ImportCounts& counts);

/// Any thread.
class ImportTally {
 public:
  enum class Form { words, json };
  explicit ImportTally(Form form);

  /// `name` is what the person called it; `reason` is told with what went wrong.
  void add(FileEnding ending, const std::string& name, std::uint64_t bytes, const std::string& reason = {});
  /// How many files there are, once somebody has counted them.
  void expect(std::uint64_t files);
  /// Something that everybody waits for: told beside the progress until it is empty.
  void waits_for(std::string_view what);
  /// Says how far it is, when it is time to.
  void tick();
  /// The import ends before its last file; of `left` files nothing became known, and of those that it did not come to.
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
  mutable std::mutex mutex_;  // guards what follows, and both streams
  ImportCounts counts_;
  std::optional<std::uint64_t> expected_;
  std::string waits_for_;
  std::uint64_t complaints_ = 0;
  std::chrono::steady_clock::time_point told_at_;
  bool line_open_ = false;
};

}  // namespace dmw::app
