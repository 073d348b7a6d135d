#include "api/checked_object.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"

namespace dmw::api {
namespace {

constexpr std::uint64_t kPiece = http::kPieceBytes;

std::uint32_t big_endian_32(std::string_view four) {
  std::uint32_t value = 0;
  for (const char c : four) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

Result<std::string> CheckedObject::piece(std::uint64_t number) const {
  const std::uint64_t offset = number * kPiece;
  const std::uint64_t length = std::min(kPiece, size_ - offset);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(length));
  const Result<> read = store_->read(key_, {offset, length}, [&](ByteView view) -> Result<> {
    if (bytes.size() + view.size() > length)
      return fail(Errc::corrupted, "the store returned more bytes than were requested");
    bytes.append(as_text(view));
    return {};
  });
  if (!read) {
    if (read.error().code == Errc::not_found) return fail(Errc::corrupted, "the store no longer has " + key_.get());
    return during(read.error(), "the read of " + key_.get());
  }
  const bool told = crcs_.size() >= 4 * (number + 1);
  if (!told || bytes.size() != length ||
      crc32c(0, as_bytes(bytes)) != big_endian_32(std::string_view(crcs_).substr(4 * number, 4))) {
    return fail(Errc::corrupted, format("MiB {} of {} is not what was recorded", number, key_.get()));
  }
  return bytes;
}

http::PulledBody CheckedObject::body(std::uint64_t offset, std::uint64_t length) const {
  auto next = [object = *this, at = offset, end = offset + length]() mutable -> Result<std::string> {
    const std::uint64_t number = at / kPiece;
    std::string bytes = TRY(object.piece(number));
    const std::uint64_t begin = number * kPiece;
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, bytes.size())));
    bytes.erase(0, static_cast<std::size_t>(at - begin));
    at += bytes.size();
    return bytes;
  };
  return {length, std::move(next)};
}

Result<std::size_t> CheckedSource::read_at(std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size() && offset + done < object_.size()) {
    const std::uint64_t at = offset + done;
    if (number_ != at / kPiece) {
      piece_ = TRY(object_.piece(at / kPiece));
      number_ = at / kPiece;
    }
    const auto inside = static_cast<std::size_t>(at % kPiece);
    const std::size_t count = std::min(into.size() - done, piece_.size() - inside);
    std::memcpy(into.data() + done, piece_.data() + inside, count);
    done += count;
  }
  return done;
}

}  // namespace dmw::api
