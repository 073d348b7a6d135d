// SocketTransport: a Transport over a connected stream socket.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/file.h"
#include "dicom/ul/transport.h"

namespace dmw::ul {

/// TCP_NODELAY, and TCP_QUICKACK again after each read: otherwise a peer with Nagle's algorithm would wait 40 ms for
/// each acknowledgement.
class SocketTransport final : public Transport {
 public:
  /// Takes a connected socket from accept(2) or socketpair(2) and makes it non-blocking.
  explicit SocketTransport(File socket);
  /// Connects by host name or address; tries every address of the name. Errors: unavailable (with the reason), timeout.
  static Result<std::unique_ptr<SocketTransport>> connect(const std::string& host, std::uint16_t port,
                                                          Monotonic deadline);

  Result<std::size_t> read(std::span<std::byte> into, Monotonic deadline) override;
  Result<> write(std::span<const ByteView> parts, Monotonic deadline) override;
  /// The destructor closes the descriptor itself, so that interrupt() never touches the descriptor of another
  /// connection.
  void close() override;
  void interrupt() override;
  /// As interrupt(), and writes also end, with `unavailable`. Any thread, while the transport exists.
  void sever();

 private:
  /// `address` is a sockaddr.
  Result<> connect(ByteView address, Monotonic deadline) const;
  Result<> wait(short events, Monotonic deadline) const;

  File socket_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace dmw::ul
