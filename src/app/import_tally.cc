#include "app/import_tally.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <unistd.h>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "base/terminal.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto line_interval = 200ms;
constexpr auto log_interval = 10s;
constexpr std::uint64_t complaints_max = 100;
constexpr double mega = 1e6;

std::string_view word_of(FileEnding ending) {
  switch (ending) {
    case FileEnding::added:
      return "new";
    case FileEnding::same:
      return "same";
    case FileEnding::set_aside:
      return "set_aside";
    case FileEnding::kept:
      return "kept";
    case FileEnding::failed:
      return "failed";
    case FileEnding::not_dicom:
      return "not_dicom";
    case FileEnding::dicomdir:
      return "dicomdir";
  }
  return "failed";
}

std::uint64_t& count_of(ImportCounts& counts, FileEnding ending) {
  switch (ending) {
    case FileEnding::added:
      return counts.added;
    case FileEnding::same:
      return counts.same;
    case FileEnding::set_aside:
      return counts.set_aside;
    case FileEnding::kept:
      return counts.kept;
    case FileEnding::not_dicom:
      return counts.not_dicom;
    case FileEnding::dicomdir:
      return counts.dicomdir;
    case FileEnding::failed:
      break;
  }
  return counts.failed;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  if (whole < 120) return format("{} s", whole);
  if (whole < 7'200) return format("{} min", whole / 60);
  return format("{} h {} min", whole / 3'600, whole % 3'600 / 60);
}

json::object as_json(const ImportCounts& counts) {
  json::object told{{"files", counts.files()},       {"new", counts.added},         {"same", counts.same},
                    {"set_aside", counts.set_aside}, {"kept", counts.kept},         {"failed", counts.failed},
                    {"not_dicom", counts.not_dicom}, {"dicomdir", counts.dicomdir}, {"bytes", counts.bytes}};
  if (counts.not_taken > 0) told["not_taken"] = counts.not_taken;
  return told;
}

}  // namespace

std::string summary(const ImportCounts& counts) {
  std::string text = format("{}: {} new, {} same, {}", counted(counts.files(), "file"), counts.added, counts.same,
                            counted(counts.set_aside, "dead letter"));
  const auto also = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += format(", {} {}", count, what);
  };
  also(counts.kept, "kept and not recorded yet");
  also(counts.failed, "failed");
  also(counts.not_taken, "not taken");
  if (counts.not_dicom + counts.dicomdir > 0) text += "; skipped";
  also(counts.not_dicom, "not DICOM");
  also(counts.dicomdir, "DICOMDIR");
  text += ".";
  if (counts.set_aside > 0) text += " See: dicom-middleware dead-letters list";
  return text;
}

ImportTally::ImportTally(Form form)
    : form_(form), terminal_(::isatty(STDERR_FILENO) == 1), began_(Steady::now()), told_at_(began_) {}

void ImportTally::add(FileEnding ending, const std::string& name, std::uint64_t bytes, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  ++count_of(counts_, ending);
  counts_.bytes += bytes;
  if (form_ == Form::json) {
    json::object line{{"file", name}, {"outcome", word_of(ending)}};
    if (!reason.empty()) line["reason"] = reason;
    std::printf("%s\n", json_for_terminal(json::serialize(line)).c_str());
    return;
  }
  if (ending == FileEnding::set_aside) complain(name, "dead letter", reason);
  if (ending == FileEnding::failed) complain(name, "failed", reason);
}

void ImportTally::complain(const std::string& name, std::string_view what, const std::string& reason) {
  if (++complaints_ > complaints_max) return;
  clear_line();
  std::fprintf(stderr, "%s\n", lines_for_terminal(format("{}: {}: {}", for_terminal(name), what, reason)).c_str());
  if (complaints_ == complaints_max) std::fprintf(stderr, "further ones are only counted; --json lists each\n");
}

void ImportTally::expect(std::uint64_t files) {
  const std::lock_guard lock(mutex_);
  expected_ = files;
}

void ImportTally::waits_for(std::string_view what) {
  const std::lock_guard lock(mutex_);
  waits_for_ = what;
}

std::string ImportTally::progress_line(std::chrono::duration<double> elapsed) const {
  const std::uint64_t through = counts_.files() + counts_.not_dicom + counts_.dicomdir;
  const double rate = static_cast<double>(through) / std::max(elapsed.count(), 0.001);
  std::string line = counted(through, "file");
  if (expected_) line = format("{} of {} files", through, std::max(*expected_, through));
  line += format(", {:.1f} MB, {:.0f} files/s", static_cast<double>(counts_.bytes) / mega, rate);
  if (expected_ && rate > 0 && *expected_ > through)
    line += format(", {} left", duration_text(static_cast<double>(*expected_ - through) / rate));
  if (!waits_for_.empty()) line += "; " + waits_for_;
  return line;
}

void ImportTally::tick() {
  const std::lock_guard lock(mutex_);
  const Steady::time_point now = Steady::now();
  if (terminal_ ? now - told_at_ < line_interval : now - told_at_ < log_interval) return;
  told_at_ = now;
  const std::string line = progress_line(now - began_);
  if (!terminal_) return log::info("import_progress", line);
  clear_line();
  std::fprintf(stderr, "  %s", line.c_str());
  std::fflush(stderr);
  line_open_ = true;
}

void ImportTally::clear_line() {
  if (!line_open_) return;
  std::fprintf(stderr, "\r\033[K");
  line_open_ = false;
}

void ImportTally::ended_early(std::uint64_t left) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t through = counts_.files() + counts_.not_dicom + counts_.dicomdir;
  const std::uint64_t expected = expected_.value_or(0);
  counts_.not_taken = std::max(left, expected - std::min(expected, through));
}

void ImportTally::finish() {
  const std::lock_guard lock(mutex_);
  clear_line();
  const std::string line = form_ == Form::json ? json::serialize(as_json(counts_)) : summary(counts_);
  std::printf("%s\n", line.c_str());
}

ImportCounts ImportTally::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace dmw::app
