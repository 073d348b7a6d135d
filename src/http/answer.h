// Answer: the answer of a route function. Its body is in memory, or is read piece by piece while it is sent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "http/answer_budget.h"
#include "http/headers.h"

namespace dmw::http {

inline constexpr std::size_t kPieceBytes = 1 << 20;

/// A body that a worker reads piece by piece, with one piece of about kPieceBytes in memory. An error before the first
/// piece is answered as a problem. A later error closes the connection, so that the caller sees a truncated body, never
/// a wrong one.
struct PulledBody {
  /// Without a length the body ends at an empty piece: it is sent in chunks (RFC 9112 §7.1), to HTTP/1.0 clients until
  /// the connection closes.
  std::optional<std::uint64_t> length = 0;
  std::move_only_function<Result<std::string>()> next;  ///< must not return an empty piece before `length` bytes

  std::uint64_t piece_bytes() const;  ///< size of the largest piece; further memory of `next` needs a share of its own
};

struct Answer {
  int status = 200;
  Headers headers{};
  std::variant<std::string, PulledBody> body{};
  AnswerBudget::Share held{};  ///< memory that was reserved for it; the server reserves the rest

  static Answer text(int status, std::string content_type, std::string body);
  static Answer json(int status, std::string body) { return text(status, "application/json", std::move(body)); }
};

/// Checks a whole piece of a file before any of its bytes are sent.
using PieceCheck = std::function<Result<>(std::uint64_t piece, ByteView bytes)>;

/// `length` bytes of a file from `offset`. The file is read in pieces of 1 MiB counted from its start, so that `check`
/// sees whole ones (the last one shorter) even when the range begins or ends inside.
/// Errors of the pulls: those of `check` and of the file; corrupted (the file is shorter).
PulledBody file_body(File file, std::uint64_t offset, std::uint64_t length, PieceCheck check = {});

}  // namespace dmw::http
