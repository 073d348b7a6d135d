#include "http/answer.h"

#include <algorithm>
#include <memory>

namespace dmw::http {

Answer Answer::text(int status, std::string content_type, std::string body) {
  Answer answer;
  answer.status = status;
  answer.headers.add("Content-Type", std::move(content_type));
  answer.body = std::move(body);
  return answer;
}

std::uint64_t PulledBody::piece_bytes() const {
  return std::min<std::uint64_t>(length.value_or(kPieceBytes), kPieceBytes);
}

PulledBody file_body(File file, std::uint64_t offset, std::uint64_t length, PieceCheck check) {
  const std::uint64_t end = offset + length;
  auto next = [file = std::move(file), at = offset, end, check = std::move(check)]() mutable -> Result<std::string> {
    const std::uint64_t piece = at / kPieceBytes;
    const std::uint64_t piece_start = piece * kPieceBytes;
    // Without a check only the bytes of the range are read.
    const std::uint64_t from = check ? piece_start : at;
    const std::uint64_t until = check ? piece_start + kPieceBytes : std::min(end, piece_start + kPieceBytes);
    std::string bytes(static_cast<std::size_t>(until - from), '\0');
    bytes.resize(TRY(file.read_at(from, std::as_writable_bytes(std::span(bytes.data(), bytes.size())))));
    const std::uint64_t sent_until = std::min(end, piece_start + kPieceBytes);
    if (from + bytes.size() < sent_until) return fail(Errc::corrupted, "the file is shorter than its range");
    if (check) TRY(check(piece, as_bytes(bytes)));
    bytes.resize(static_cast<std::size_t>(sent_until - from));
    bytes.erase(0, static_cast<std::size_t>(at - from));
    at = sent_until;
    return bytes;
  };
  return PulledBody{length, std::move(next)};
}

}  // namespace dmw::http
