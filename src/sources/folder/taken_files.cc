#include "sources/folder/taken_files.h"

#include <algorithm>
#include <cstring>

#include <fcntl.h>

#include "base/digest.h"
#include "base/format.h"

namespace dmw::sources {
namespace {

constexpr std::size_t files_max = 2'000'000;
constexpr std::size_t rewrite_entries_min = 1'024;

}  // namespace

std::size_t TakenFiles::KeyHash::operator()(const Key& key) const {
  std::size_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  return hash;
}

TakenFiles::Key TakenFiles::key_of(const FoundFile& file) {
  const std::string text = format("{}//{}//{}", file.relative, file.stamp.size_bytes, file.stamp.modified_ns);
  const Sha256Digest digest = Sha256::of(as_bytes(text));
  Key key;
  std::ranges::copy(digest.view().first(key.size()), key.begin());
  return key;
}

Result<TakenFiles> TakenFiles::open(std::filesystem::path journal) {
  TakenFiles taken(std::move(journal));
  taken.journal_ = TRY(File::open(taken.path_, O_RDWR | O_CREAT | O_APPEND));
  const std::uint64_t size = TRY(taken.journal_.size());
  taken.entries_ = size / sizeof(Key);
  std::array<Key, 4096> page;
  for (std::uint64_t at = 0; at < size;) {
    const std::size_t got = TRY(taken.journal_.read_at(at, std::as_writable_bytes(std::span(page))));
    if (got == 0) break;
    for (std::size_t i = 0; i < got / sizeof(Key) && taken.files_.size() < files_max; ++i)
      taken.files_.emplace(page[i], 0);
    at += got;
  }
  // An incomplete last entry must not shift the following ones.
  if (size % sizeof(Key) != 0) TRY(taken.write_anew());
  return taken;
}

bool TakenFiles::has(const FoundFile& file) {
  const auto known = files_.find(key_of(file));
  if (known == files_.end()) return false;
  known->second = scan_;
  ++seen_;
  return true;
}

Result<> TakenFiles::add(const FoundFile& file) {
  if (files_.size() >= files_max)
    return fail(Errc::full,
                format("{} files are in the watched folder: move some away, or set WATCH_KEEP=false", files_max));
  const Key key = key_of(file);
  if (!files_.emplace(key, scan_).second) return {};
  ++entries_;
  return journal_.write_all(key);
}

Result<> TakenFiles::end_scan() {
  if (seen_ == 0) return {};
  std::erase_if(files_, [this](const auto& file) { return file.second != scan_; });
  if (entries_ < rewrite_entries_min || files_.size() > entries_ / 2) return {};
  return write_anew();
}

Result<> TakenFiles::write_anew() {
  std::filesystem::path next = path_;
  next += ".next";
  File file = TRY(File::open(next, O_RDWR | O_CREAT | O_TRUNC | O_APPEND));
  std::string bytes;
  for (const auto& [key, scan] : files_) bytes += as_text(key);
  TRY(file.write_all(as_bytes(bytes)));
  TRY(file.sync());
  TRY(rename_file(next, path_));
  journal_ = std::move(file);
  entries_ = files_.size();
  return {};
}

}  // namespace dmw::sources
