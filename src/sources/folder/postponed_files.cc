#include "sources/folder/postponed_files.h"

namespace dmw::sources {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t postponed_max = 100'000;

bool is_in(Intake::Ending ending) {
  switch (ending) {
    case Intake::Ending::kept:
    case Intake::Ending::set_aside:
    case Intake::Ending::passed:
    case Intake::Ending::refused:
      return true;
    case Intake::Ending::changed:
    case Intake::Ending::unreadable:
    case Intake::Ending::no_room:
      return false;
  }
  return false;
}

}  // namespace

PostponedFiles::PostponedFiles(const Clock& clock) : clock_(clock), backoff_(5s, 10min) {}

bool PostponedFiles::may_try(const FoundFile& file) {
  const auto known = files_.find(file.relative);
  if (known == files_.end()) return files_.size() < postponed_max;
  if (known->second.stamp != file.stamp) {
    files_.erase(known);
    return true;
  }
  known->second.scan = scan_;
  return clock_.monotonic() >= known->second.next_try;
}

void PostponedFiles::end_scan() {
  std::erase_if(files_, [this](const auto& file) { return file.second.scan != scan_; });
}

const Intake* PostponedFiles::taken(const FoundFile& file) const {
  const auto known = files_.find(file.relative);
  if (known == files_.end() || known->second.stamp != file.stamp || !is_in(known->second.intake.ending)) return nullptr;
  return &known->second.intake;
}

void PostponedFiles::postpone(const FoundFile& file, const Intake& intake) {
  Postponed& postponed = files_[file.relative];
  if (postponed.stamp != file.stamp) postponed.failures = 0;
  postponed.stamp = file.stamp;
  postponed.intake = intake;
  postponed.next_try = clock_.monotonic() + backoff_.after(++postponed.failures);
  postponed.scan = scan_;
}

}  // namespace dmw::sources
