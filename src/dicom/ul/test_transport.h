// ScriptedTransport: a peer whose bytes are written down beforehand, cut into pieces as a test wants them.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include "dicom/ul/transport.h"

namespace dmw::ul::testing {

class ScriptedTransport final : public Transport {
 public:
  /// What a read meets when everything was read.
  enum class End { closes, is_silent, breaks };

  explicit ScriptedTransport(std::string input, End end = End::closes) : input_(std::move(input)), end_(end) {}

  /// The longest piece that the next read gives; by default all there is.
  std::function<std::size_t()> piece = [] { return std::string::npos; };

  Result<std::size_t> read(std::span<std::byte> into, Monotonic /*deadline*/) override {
    if (closed) return fail(Errc::internal, "read after close");
    if (interrupted_) return fail(Errc::cancelled, "the transport was interrupted");
    if (read_ == input_.size()) {
      if (end_ == End::is_silent) return fail(Errc::timeout, "nothing came");
      if (end_ == End::breaks) return fail(Errc::unavailable, "connection reset by peer");
      return std::size_t{0};
    }
    const std::size_t count = std::min({into.size(), input_.size() - read_, std::max<std::size_t>(piece(), 1)});
    std::memcpy(into.data(), input_.data() + read_, count);
    read_ += count;
    return count;
  }
  Result<> write(std::span<const ByteView> parts, Monotonic /*deadline*/) override {
    if (closed) return fail(Errc::internal, "write after close");
    for (const ByteView part : parts) output += as_text(part);
    ++writes;
    return {};
  }
  void close() override { closed = true; }
  void interrupt() override { interrupted_ = true; }

  std::string output;
  std::size_t writes = 0;
  bool closed = false;

 private:
  std::string input_;
  End end_;
  std::size_t read_ = 0;
  bool interrupted_ = false;
};

}  // namespace dmw::ul::testing
