#include "dicom/ul/socket_transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/format.h"

namespace dmw::ul {
namespace {

constexpr std::size_t parts_per_call = 256;

void set(int socket, int option) {
  const int on = 1;
  // Fails for a socket pair, where it does not matter.
  static_cast<void>(::setsockopt(socket, IPPROTO_TCP, option, &on, sizeof on));
}

std::unexpected<Error> broken(int error) {
  return fail(Errc::unavailable, format("the connection broke: {}", std::strerror(error)));
}

/// 0 after the deadline; rounded up, so that the last millisecond is not a busy loop.
int milliseconds_until(Monotonic deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

/// Fills `into` with the rest of `parts` after `skipped` bytes, as much as one call accepts.
std::size_t gather(std::span<const ByteView> parts, std::size_t skipped, std::span<iovec> into) {
  std::size_t count = 0;
  for (const ByteView part : parts) {
    if (count == into.size()) break;
    const std::size_t skip = std::min(skipped, part.size());
    skipped -= skip;
    if (skip == part.size()) continue;
    const ByteView left = part.subspan(skip);
    into[count++] = {.iov_base = const_cast<std::byte*>(left.data()), .iov_len = left.size()};
  }
  return count;
}

struct Addresses {
  explicit Addresses(addrinfo* list) : first(list) {}
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  ~Addresses() { ::freeaddrinfo(first); }
  addrinfo* first;
};

}  // namespace

SocketTransport::SocketTransport(File socket) : socket_(std::move(socket)) {
  const int descriptor = socket_.descriptor();
  const int flags = ::fcntl(descriptor, F_GETFL);
  ASSERT(flags >= 0 && ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0);
  set(descriptor, TCP_NODELAY);
}

Result<std::unique_ptr<SocketTransport>> SocketTransport::connect(const std::string& host, std::uint16_t port,
                                                                  Monotonic deadline) {
  addrinfo hints{};
  hints.ai_flags = AI_ADDRCONFIG;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list); error != 0)
    return fail(Errc::unavailable, format("{}: {}", host, ::gai_strerror(error)));
  const Addresses addresses(list);
  Error last{Errc::unavailable, format("{} has no address", host), {}};
  for (const addrinfo* address = addresses.first; address != nullptr; address = address->ai_next) {
    File socket(::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol));
    if (!socket.is_open()) return fail_errno(errno, "a new socket");
    auto transport = std::make_unique<SocketTransport>(std::move(socket));
    const auto* bytes = reinterpret_cast<const std::byte*>(address->ai_addr);
    const Result<> connected = transport->connect({bytes, address->ai_addrlen}, deadline);
    if (connected) return transport;
    last = connected.error();
  }
  return std::unexpected(std::move(last));
}

Result<> SocketTransport::connect(ByteView address, Monotonic deadline) const {
  const int descriptor = socket_.descriptor();
  const auto* peer = reinterpret_cast<const sockaddr*>(address.data());
  if (::connect(descriptor, peer, static_cast<socklen_t>(address.size())) == 0) return {};
  if (errno != EINPROGRESS) return broken(errno);
  TRY(wait(POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return fail(Errc::unavailable, std::strerror(error));
  return {};
}

Result<> SocketTransport::wait(short events, Monotonic deadline) const {
  pollfd waiting{.fd = socket_.descriptor(), .events = events, .revents = 0};
  for (;;) {
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "waiting for a connection");
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline)
      return fail(Errc::timeout, "the peer was silent for too long");
  }
}

Result<std::size_t> SocketTransport::read(std::span<std::byte> into, Monotonic deadline) {
  for (;;) {
    if (interrupted_) return fail(Errc::cancelled, "the program is stopping");
    const ssize_t count = ::recv(socket_.descriptor(), into.data(), into.size(), 0);
    if (count > 0) {
      set(socket_.descriptor(), TCP_QUICKACK);
      return static_cast<std::size_t>(count);
    }
    if (count == 0 && !interrupted_) return std::size_t{0};
    if (count < 0 && errno == EAGAIN)
      TRY(wait(POLLIN, deadline));
    else if (count < 0 && errno != EINTR)
      return broken(errno);
  }
}

Result<> SocketTransport::write(std::span<const ByteView> parts, Monotonic deadline) {
  std::array<iovec, parts_per_call> vectors;
  std::size_t written = 0;
  for (;;) {
    while (!parts.empty() && written >= parts.front().size()) {
      written -= parts.front().size();
      parts = parts.subspan(1);
    }
    if (parts.empty()) return {};
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = gather(parts, written, vectors);
    const ssize_t count = ::sendmsg(socket_.descriptor(), &message, MSG_NOSIGNAL);
    if (count >= 0)
      written += static_cast<std::size_t>(count);
    else if (errno == EAGAIN)
      TRY(wait(POLLOUT, deadline));
    else if (errno != EINTR)
      return broken(errno);
  }
}

void SocketTransport::close() {
  if (socket_.is_open()) ::shutdown(socket_.descriptor(), SHUT_RDWR);
}

void SocketTransport::interrupt() {
  interrupted_ = true;
  ::shutdown(socket_.descriptor(), SHUT_RD);
}

void SocketTransport::sever() {
  interrupted_ = true;
  ::shutdown(socket_.descriptor(), SHUT_RDWR);
}

}  // namespace dmw::ul
