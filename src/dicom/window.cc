#include "dicom/window.h"

#include <algorithm>

namespace dmw::dicom {

constexpr std::size_t window_bytes = 16 * 1024;

const std::byte* Window::fill(std::uint64_t offset, std::size_t count) {
  if (error_) return nullptr;
  const ByteView head = source_.head();
  if (offset <= head.size() && head.size() - offset >= count) {
    data_ = head.data();
    size_ = head.size();
    begin_ = 0;
    return data_ + offset;
  }
  if (offset >= source_.size() || source_.size() - offset < count) return nullptr;
  buffer_.resize(std::max(count, window_bytes));
  Result<std::size_t> read = source_.read_at(offset, buffer_);
  if (!read) {
    error_ = std::move(read).error();
    return nullptr;
  }
  data_ = buffer_.data();
  size_ = *read;
  begin_ = offset;
  return *read >= count ? data_ : nullptr;
}

ByteView Window::up_to(std::uint64_t offset, std::size_t count) {
  if (const std::byte* all = at(offset, count)) return {all, count};
  const std::uint64_t size = source_.size();
  if (error_ || offset >= size) return {};
  const auto rest = static_cast<std::size_t>(std::min<std::uint64_t>(count, size - offset));
  const std::byte* some = at(offset, rest);
  return some == nullptr ? ByteView() : ByteView(some, rest);
}

}  // namespace dmw::dicom
