// SocketTransport: a Transport over a connected stream socket.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/file.h"
#include "dicom/ul/transport.h"

namespace dmw::ul {

/// TCP_NODELAY, and TCP_QUICKACK again after each read: a peer with Nagle's algorithm would else wait 40 ms for each of
/// our acknowledgements.
class SocketTransport final : public Transport {
 public:
  /// Takes a connected socket, as accept(2) and socketpair(2) give it, and makes it non-blocking.
  explicit SocketTransport(File socket);
  /// By name or address; every address of the name is tried. Errors: unavailable (with the reason), timeout.
  static Result<std::unique_ptr<SocketTransport>> connect(const std::string& host, std::uint16_t port,
                                                          Monotonic deadline);

  Result<std::size_t> read(std::span<std::byte> into, Monotonic deadline) override;
  Result<> write(std::span<const ByteView> parts, Monotonic deadline) override;
  /// The descriptor itself goes with the object, so that interrupt() never meets another connection's.
  void close() override;
  void interrupt() override;
  /// As interrupt(), and writing ends too, with `unavailable`. Any thread, while the transport lives.
  void sever();

 private:
  /// `address` is a sockaddr.
  Result<> connect(ByteView address, Monotonic deadline) const;
  Result<> wait(short events, Monotonic deadline) const;

  File socket_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace dmw::ul
