// Answer: what a route function gives back, with its body in memory or read piece by piece while it is sent.
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

/// A body that is pulled on a worker, one piece of about kPieceBytes in memory at a time. An error before the first
/// piece becomes a problem; a later one cuts the connection, so that the caller sees a truncated body and never a wrong
/// one.
struct PulledBody {
  /// Without one the body ends at an empty piece: it is sent in chunks (RFC 9112 §7.1), to HTTP/1.0 until the close.
  std::optional<std::uint64_t> length = 0;
  std::move_only_function<Result<std::string>()> next;  ///< never empty before `length` bytes are given

  std::uint64_t piece_bytes() const;  ///< of the largest piece; what `next` keeps beside it has a share of its own
};

struct Answer {
  int status = 200;
  Headers headers{};
  std::variant<std::string, PulledBody> body{};
  AnswerBudget::Share held{};  ///< what was reserved for it; the server takes what is missing

  static Answer text(int status, std::string content_type, std::string body);
  static Answer json(int status, std::string body) { return text(status, "application/json", std::move(body)); }
};

/// Judges a whole piece of a file, before any of its bytes leave.
using PieceCheck = std::function<Result<>(std::uint64_t piece, ByteView bytes)>;

/// `length` bytes of a file from `offset`. The file is read in pieces of 1 MiB counted from its start, so that `check`
/// sees whole ones (the last one shorter) even when the range begins or ends inside.
/// Errors of the pulls: those of `check` and of the file; corrupted (the file is shorter).
PulledBody file_body(File file, std::uint64_t offset, std::uint64_t length, PieceCheck check = {});

}  // namespace dmw::http
