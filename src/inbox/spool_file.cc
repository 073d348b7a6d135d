#include "inbox/spool_file.h"

#include <algorithm>

#include <unistd.h>

#include "base/crash_point.h"

namespace dmw::inbox {
namespace {

constexpr std::uint64_t chunk_bytes = 1024U * 1024U;

void append_big_endian(std::string& to, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) to += static_cast<char>((number >> shift) & 0xffU);
}

}  // namespace

TemporaryName& TemporaryName::operator=(TemporaryName&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryName::~TemporaryName() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

SpoolFile::SpoolFile(std::filesystem::path path, File file, store::DatasetLocator locate, Room room)
    : room_(std::move(room)), name_(std::move(path)), writer_(std::move(file)), locate_(std::move(locate)) {}

Result<> SpoolFile::append(ByteView bytes) {
  ASSERT(!finished_ && !failed_);
  crash_point("inbox.before_write");
  Result<> written = room_.take(bytes.size());
  if (written) written = writer_.append(bytes);
  if (!written) {
    failed_ = true;
    return written;
  }
  fingerprint_.size_bytes += bytes.size();
  add_to_chunks(bytes);
  if (!located_) {
    if (!writer_.head_is_full()) return {};
    const std::uint64_t before = fingerprint_.size_bytes - bytes.size();
    bytes = bytes.subspan(static_cast<std::size_t>(head().size() - before));
    locate_dataset();
  }
  if (!bytes.empty()) digest(bytes);
  return {};
}

void SpoolFile::locate_dataset() {
  located_ = true;
  fingerprint_.prefix_bytes = locate_(head());
  digest(head());
}

void SpoolFile::digest(ByteView bytes) {
  const std::uint64_t prefix_left = fingerprint_.prefix_bytes - std::min(fingerprint_.prefix_bytes, digested_);
  const auto of_prefix = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), prefix_left));
  prefix_.update(bytes.first(of_prefix));
  dataset_.update(bytes.subspan(of_prefix));
  digested_ += bytes.size();
}

void SpoolFile::add_to_chunks(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView part =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), chunk_bytes - chunk_filled_)));
    chunk_crc_ = crc32c(chunk_crc_, part);
    chunk_filled_ += part.size();
    bytes = bytes.subspan(part.size());
    if (chunk_filled_ < chunk_bytes) continue;
    append_big_endian(fingerprint_.chunk_crc32c, chunk_crc_);
    chunk_crc_ = 0;
    chunk_filled_ = 0;
  }
}

Result<> SpoolFile::finish() {
  if (failed_) return fail(Errc::internal, "the spool file could not be written");
  if (finished_) return {};
  Result<> written = writer_.finish();
  if (!written) {
    failed_ = true;
    return written;
  }
  finished_ = true;
  if (!located_) locate_dataset();
  // A locator that points behind the end means: all of it is prefix.
  fingerprint_.prefix_bytes = std::min(fingerprint_.prefix_bytes, fingerprint_.size_bytes);
  if (chunk_filled_ > 0) append_big_endian(fingerprint_.chunk_crc32c, chunk_crc_);
  fingerprint_.prefix_sha256 = prefix_.finish();
  fingerprint_.dataset_sha256 = dataset_.finish();
  return {};
}

const Fingerprint& SpoolFile::fingerprint() const {
  ASSERT(finished_);
  return fingerprint_;
}

const File& SpoolFile::file() const {
  ASSERT(finished_);
  return writer_.file();
}

}  // namespace dmw::inbox
