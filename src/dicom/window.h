// Window: the part of a ByteSource that is in memory during a walk. Bytes that the source has in memory are used in
// place; others are read 16 KiB at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "dicom/byte_source.h"

namespace dmw::dicom {

class Window {
 public:
  explicit Window(ByteSource& source) : source_(source), data_(source.head().data()), size_(source.head().size()) {}

  /// `count` bytes at `offset`; null if the source has fewer there, or failed (see error()). Valid until the next call.
  const std::byte* at(std::uint64_t offset, std::size_t count) {
    const std::uint64_t inside = offset - begin_;
    if (inside <= size_ && size_ - inside >= count) [[likely]]
      return data_ + inside;
    return fill(offset, count);
  }
  /// As at(), but a shorter view at the end of the source.
  ByteView up_to(std::uint64_t offset, std::size_t count);

  /// The bytes in memory from `offset`, up to `end`; may be empty. Valid while at() is called only within them.
  ByteView held(std::uint64_t offset, std::uint64_t end) const {
    const std::uint64_t inside = offset - begin_;
    if (inside >= size_ || end <= offset) return {};
    return {data_ + inside, static_cast<std::size_t>(std::min(size_ - inside, end - offset))};
  }

  std::uint64_t source_size() const { return source_.size(); }
  /// The error of the source if at() returned null for another reason than the end.
  const std::optional<Error>& error() const { return error_; }

 private:
  const std::byte* fill(std::uint64_t offset, std::size_t count);

  ByteSource& source_;
  const std::byte* data_;
  std::uint64_t size_;
  std::uint64_t begin_ = 0;
  std::vector<std::byte> buffer_;
  std::optional<Error> error_;
};

}  // namespace dmw::dicom
