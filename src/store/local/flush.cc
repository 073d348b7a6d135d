#include "store/local/flush.h"

#include <algorithm>
#include <ranges>

#include "base/file.h"
#include "store/local/object_file.h"

namespace dmw::store::local {

namespace fs = std::filesystem;

void Flush::named(const fs::path& directory, bool since_now) {
  std::erase_if(named_, [&](const Named& one) { return one.directory == directory; });
  named_.push_back({directory, since_now});
}

/// One journal for all names: the last new one takes those before it along.
std::vector<fs::path> Flush::needed() const {
  std::set<fs::path> directories;
  for (const Named& one : std::views::reverse(named_)) {
    directories.insert(one.directory);
    if (ordered_ && one.since_now) break;
  }
  for (const fs::path& made : made_) directories.insert(made.parent_path());
  return {directories.begin(), directories.end()};
}

void Flush::run(std::size_t singles_max) {
  if (needed().size() > singles_max && sync_file_system(root_)) return;
  flush_each();
}

/// From the last one back, as far as is needed: one that fails takes nothing along.
void Flush::flush_each() {
  for (const fs::path& made : made_) flush(made.parent_path());
  for (const Named& one : std::views::reverse(named_)) {
    flush(one.directory);
    if (ordered_ && one.since_now && !flushed_.at(one.directory)) break;
  }
}

void Flush::flush(const fs::path& directory) {
  if (flushed_.contains(directory)) return;
  Result<> done = sync_directory(directory);
  flushed_[directory] = done ? std::nullopt : std::optional(away(std::move(done.error())).error());
}

std::optional<Error> Flush::failure_in(const fs::path& directory) const {
  for (const fs::path& one : {directory, made_.contains(directory) ? directory.parent_path() : directory}) {
    if (const auto found = flushed_.find(one); found != flushed_.end() && found->second) return found->second;
  }
  return std::nullopt;
}

std::vector<fs::path> Flush::durable_now() const {
  std::vector<fs::path> durable;
  std::ranges::copy_if(made_, std::back_inserter(durable),
                       [this](const fs::path& made) { return !failure_in(made.parent_path()); });
  return durable;
}

}  // namespace dmw::store::local
