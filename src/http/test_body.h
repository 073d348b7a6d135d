// MemoryBody: a body that a test has in memory, in pieces of its choice.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/body_reader.h"

namespace dmw::http {

class MemoryBody final : public BodyReader {
 public:
  /// `error` comes after the pieces, in place of the end.
  explicit MemoryBody(std::vector<std::string> pieces, std::optional<Error> error = {})
      : pieces_(std::move(pieces)), error_(std::move(error)) {}
  /// Cut into pieces of `size`.
  static MemoryBody of(std::string_view text, std::size_t size) {
    std::vector<std::string> pieces;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) pieces.emplace_back(text.substr(0, size));
    return MemoryBody(std::move(pieces));
  }

  Result<ByteView> next() override {
    // What was given before must not be looked at any more: it is gone.
    if (given_ > 0) std::string().swap(pieces_[given_ - 1]);
    if (given_ < pieces_.size()) return as_bytes(pieces_[given_++]);
    if (error_) return std::unexpected(*error_);
    return ByteView{};
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t given_ = 0;
  std::optional<Error> error_;
};

}  // namespace dmw::http
