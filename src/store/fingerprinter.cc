#include "store/fingerprinter.h"

#include <algorithm>
#include <vector>

namespace dmw::store {
namespace {

constexpr std::uint64_t chunk_bytes = 1024U * 1024U;
constexpr std::size_t step_bytes = 256U * 1024U;
constexpr std::size_t head_bytes_max = 64U * 1024U;

void append_big_endian(std::string& to, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) to += static_cast<char>((number >> shift) & 0xffU);
}

}  // namespace

void Fingerprinter::append(ByteView bytes) {
  const std::uint64_t prefix_left = print_.prefix_bytes - std::min(print_.prefix_bytes, print_.size_bytes);
  const auto of_prefix = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), prefix_left));
  prefix_.update(bytes.first(of_prefix));
  dataset_.update(bytes.subspan(of_prefix));
  print_.size_bytes += bytes.size();
  add_to_chunks(bytes);
}

void Fingerprinter::add_to_chunks(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView part =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), chunk_bytes - chunk_filled_)));
    chunk_crc_ = crc32c(chunk_crc_, part);
    chunk_filled_ += part.size();
    bytes = bytes.subspan(part.size());
    if (chunk_filled_ < chunk_bytes) continue;
    append_big_endian(print_.chunk_crc32c, chunk_crc_);
    chunk_crc_ = 0;
    chunk_filled_ = 0;
  }
}

Fingerprint Fingerprinter::finish() {
  print_.prefix_bytes = std::min(print_.prefix_bytes, print_.size_bytes);
  if (chunk_filled_ > 0) append_big_endian(print_.chunk_crc32c, chunk_crc_);
  print_.prefix_sha256 = prefix_.finish();
  print_.dataset_sha256 = dataset_.finish();
  return std::move(print_);
}

void StreamFingerprinter::append(ByteView bytes) {
  if (print_) return print_->append(bytes);
  head_ += as_text(bytes);
  if (head_.size() >= head_bytes_max) begin();
}

void StreamFingerprinter::begin() {
  const ByteView head = as_bytes(head_);
  print_.emplace(locate_(head.first(std::min(head.size(), head_bytes_max))));
  print_->append(head);
  head_ = {};
}

Fingerprint StreamFingerprinter::finish() {
  if (!print_) begin();
  return print_->finish();
}

Result<Fingerprint> fingerprint_of(const File& file, const DatasetLocator& locate) {
  std::vector<std::byte> buffer(step_bytes);
  StreamFingerprinter fingerprinter(locate);
  std::uint64_t at = 0;
  while (const std::size_t got = TRY(file.read_at(at, buffer))) {
    fingerprinter.append(ByteView(buffer).first(got));
    at += got;
  }
  return fingerprinter.finish();
}

}  // namespace dmw::store
