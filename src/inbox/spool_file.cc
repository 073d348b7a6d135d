#include "inbox/spool_file.h"

#include <unistd.h>

#include "base/crash_point.h"
#include "base/own_storage.h"

namespace dmw::inbox {

TemporaryName& TemporaryName::operator=(TemporaryName&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryName::~TemporaryName() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<> TemporaryName::move_to(std::filesystem::path path) {
  TRY(rename_file(path_, path));
  path_ = std::move(path);
  return {};
}

SpoolFile::SpoolFile(std::filesystem::path path, File file, store::DatasetLocator locate, Room room)
    : room_(std::move(room)), name_(std::move(path)), writer_(std::move(file)), locate_(std::move(locate)) {}

Result<> SpoolFile::append(ByteView bytes) {
  ASSERT(!finished_ && !failed_);
  crash_point("inbox.before_write");
  Result<> written = room_.take(bytes.size());
  if (written) written = own_storage(writer_.append(bytes), "the inbox");
  if (!written) {
    failed_ = true;
    return written;
  }
  size_bytes_ += bytes.size();
  if (fingerprinter_) {
    fingerprinter_->append(bytes);
  } else if (writer_.head_is_full()) {
    const std::uint64_t before = size_bytes_ - bytes.size();
    const ByteView behind_head = bytes.subspan(static_cast<std::size_t>(head().size() - before));
    locate_dataset();
    fingerprinter_->append(behind_head);
  }
  return {};
}

void SpoolFile::locate_dataset() {
  fingerprinter_.emplace(locate_(head()));
  fingerprinter_->append(head());
}

Result<> SpoolFile::finish() {
  if (failed_) return fail(Errc::unavailable, "the inbox cannot be used at the moment");
  if (finished_) return {};
  Result<> written = own_storage(writer_.finish(), "the inbox");
  if (!written) {
    failed_ = true;
    return written;
  }
  finished_ = true;
  if (!fingerprinter_) locate_dataset();
  fingerprint_ = fingerprinter_->finish();
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
