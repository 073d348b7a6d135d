#include "sources/folder/stable_files.h"

namespace dmw::sources {
namespace {

constexpr std::size_t seen_max = 100'000;

}  // namespace

bool StableFiles::seen(const FoundFile& file) {
  const auto known = files_.find(file.relative);
  const Monotonic now = clock_.monotonic();
  if (known == files_.end()) {
    if (files_.size() < seen_max) files_.emplace(file.relative, Seen{file.stamp, now, scan_});
    return stable_.count() == 0;
  }
  Seen& seen = known->second;
  seen.scan = scan_;
  if (seen.stamp != file.stamp) {
    seen.stamp = file.stamp;
    seen.since = now;
  }
  return now - seen.since >= stable_;
}

void StableFiles::end_scan() {
  std::erase_if(files_, [this](const auto& file) { return file.second.scan != scan_; });
}

}  // namespace dmw::sources
