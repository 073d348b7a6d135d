#include "dicom/ul/pdu_stream.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {
namespace {

/// Room for two PDUs of the length that we announce: while one is processed, the next can arrive.
constexpr std::size_t buffer_bytes = 256 << 10;

/// PS3.8 §9.3.5.1: a length, then the context and the message control header (Annex E.2), which the length counts.
constexpr std::size_t pdv_length_bytes = 4;
constexpr std::size_t pdv_control_bytes = 2;
constexpr std::byte command_bit{1};
constexpr std::byte last_bit{2};

}  // namespace

PduStream::PduStream(Transport& transport)
    : transport_(transport), buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)) {}

Result<> PduStream::need(std::size_t count, Monotonic deadline) {
  while (end_ - begin_ < count) {
    if (begin_ == end_ || buffer_bytes - begin_ < count) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    const std::size_t came = TRY(transport_.read({buffer_.get() + end_, buffer_bytes - end_}, deadline));
    if (came == 0) return fail(Errc::unavailable, "the peer closed the connection");
    end_ += came;
    bytes_read_ += came;
  }
  return {};
}

ByteView PduStream::take(std::size_t count) {
  const ByteView taken(buffer_.get() + begin_, count);
  begin_ += count;
  return taken;
}

Result<PduStream::Header> PduStream::next(Monotonic deadline) {
  TRY(need(pdu_header_bytes, deadline));
  const ByteView header = take(pdu_header_bytes);
  return Header{.type = PduType{std::to_integer<std::uint8_t>(header[0])}, .length = load_u32(&header[2])};
}

Result<std::string> PduStream::body(const Header& header, Monotonic deadline) {
  if (header.length > pdu_bytes_max)
    return fail(Errc::corrupted,
                format("{} of {} bytes; at most {} are accepted", describe(header.type), header.length, pdu_bytes_max));
  std::string body;
  while (body.size() < header.length) {
    TRY(need(1, deadline));
    body += as_text(take(std::min<std::size_t>(end_ - begin_, header.length - body.size())));
  }
  return body;
}

Result<> PduStream::open_pdv(Monotonic deadline) {
  constexpr std::size_t heading_bytes = pdv_length_bytes + pdv_control_bytes;
  if (data_left_ < heading_bytes)
    return fail(Errc::corrupted, format("a P-DATA-TF has only {} bytes where a PDV must begin", data_left_));
  TRY(need(heading_bytes, deadline));
  const ByteView heading = take(heading_bytes);
  const std::uint32_t length = load_u32(heading.data());
  if (length < pdv_control_bytes)
    return fail(Errc::corrupted, format("a PDV declares {} bytes; the minimum is 2", length));
  if (length > data_left_ - pdv_length_bytes)
    return fail(Errc::corrupted, format("a PDV declares {} bytes, but its P-DATA-TF has only {} left", length,
                                        data_left_ - pdv_length_bytes));
  data_left_ -= static_cast<std::uint32_t>(pdv_length_bytes) + length;
  pdv_left_ = length - static_cast<std::uint32_t>(pdv_control_bytes);
  pdv_ = Fragment{.context = std::to_integer<std::uint8_t>(heading[4]),
                  .command = (heading[5] & command_bit) != std::byte{},
                  .last = (heading[5] & last_bit) != std::byte{}};
  return {};
}

Result<std::optional<Fragment>> PduStream::piece(Monotonic deadline) {
  if (!pdv_) {
    if (data_left_ == 0) return std::nullopt;
    TRY(open_pdv(deadline));
  }
  if (pdv_left_ > 0) TRY(need(1, deadline));
  Fragment piece = *pdv_;
  piece.bytes = take(std::min<std::size_t>(pdv_left_, end_ - begin_));
  pdv_left_ -= static_cast<std::uint32_t>(piece.bytes.size());
  if (pdv_left_ > 0)
    piece.last = false;
  else
    pdv_.reset();
  return piece;
}

void PduStream::drain(Monotonic deadline) {
  for (;;) {
    const Result<std::size_t> came = transport_.read({buffer_.get(), buffer_bytes}, deadline);
    if (!came || *came == 0) return;
  }
}

}  // namespace dmw::ul
