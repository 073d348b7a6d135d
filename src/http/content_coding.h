// Content-Encoding of request bodies (RFC 9110 §8.4): bodies are inflated while they are read, within limits.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "base/deflate.h"
#include "http/body_reader.h"
#include "http/headers.h"

namespace dmw::http {

/// Limits for compressed bodies. Black images shrink to a thousandth, so small bodies may have such a ratio.
struct InflateLimits {
  std::uint64_t bytes_free = 256 << 20;  ///< inflated bytes that every body may have
  std::uint64_t ratio = 100;             ///< beyond that, the largest ratio of inflated to received bytes
  std::uint64_t bytes_max = 1ULL << 40U;
};

/// A gzip body (RFC 1952), all of its members, in constant memory. `packed` must outlive it.
class GunzipReader final : public BodyReader {
 public:
  explicit GunzipReader(BodyReader& packed, const InflateLimits& limits = {});

  /// Errors beside those of `packed`: corrupted (no gzip, damaged, or cut), too_large (a limit).
  Result<ByteView> next() override;

 private:
  Result<> inflate_some();
  Result<> check_limits() const;

  BodyReader& packed_;
  const InflateLimits limits_;
  Inflater inflater_{Wrapping::gzip};
  ByteView waiting_;
  bool between_members_ = true;
  bool ended_ = false;
  std::uint64_t consumed_ = 0;
  std::uint64_t produced_ = 0;
  std::vector<std::byte> out_;
  std::size_t filled_ = 0;
};

/// A reader for the decoded body; null if the body is not encoded, so that `raw` can be used. Problems: 415 with
/// Accept-Encoding (RFC 9110 §15.5.16).
std::expected<std::unique_ptr<BodyReader>, Problem> decoded(const Headers& headers, BodyReader& raw);

}  // namespace dmw::http
