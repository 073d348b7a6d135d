#include "base/listening.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/format.h"

namespace dmw {

namespace {

constexpr int kBacklog = 512;

Result<File> listening(File socket, const sockaddr* address, socklen_t size, const std::string& shown_address) {
  if (::bind(socket.descriptor(), address, size) != 0) {
    if (errno == EADDRINUSE) return fail(Errc::conflict, format("{} is in use already", shown_address));
    if (errno == EADDRNOTAVAIL)
      return fail(Errc::invalid, format("{} is not an address of this machine", shown_address));
    return fail_errno(errno, format("bind to {}", shown_address));
  }
  if (::listen(socket.descriptor(), kBacklog) != 0) return fail_errno(errno, format("listen on {}", shown_address));
  return socket;
}

std::string shown_address(const std::string& address, in_port_t port, bool v6) {
  return v6 ? format("[{}]:{}", address, ntohs(port)) : format("{}:{}", address, ntohs(port));
}

/// Empty if the address is not an IP address.
std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  return text;
}

}  // namespace

Result<File> listen_tcp(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (host == "localhost" ? 0 : AI_NUMERICHOST);
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return fail(Errc::invalid, format("{} is not an address", host));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);

  File socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return fail_errno(errno, "socket");
  const int on = 1;
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return listening(std::move(socket), found->ai_addr, found->ai_addrlen, format("{} port {}", host, port));
}

Result<File> listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(Errc::invalid, format("{} is too long for the path of a socket", path));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const auto* const raw = reinterpret_cast<const sockaddr*>(&address);

  File socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return fail_errno(errno, "socket");
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return fail(Errc::conflict, format("{} exists and is not a socket", path));
    const File probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(probe.descriptor(), raw, sizeof address) == 0) {
      return fail(Errc::conflict, format("{} is in use already", path));
    }
    ::unlink(path.c_str());
  }
  // On Linux the file gets the mode of the socket, so other users never have access, not even for a moment.
  if (::fchmod(socket.descriptor(), 0600) != 0) return fail_errno(errno, format("chmod of {}", path));
  return listening(std::move(socket), raw, sizeof address, path);
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return 0;
}

std::string peer_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
  if (address.ss_family == AF_INET)
    return shown_address(text_of(address), reinterpret_cast<const sockaddr_in&>(address).sin_port, false);
  if (address.ss_family == AF_INET6)
    return shown_address(text_of(address), reinterpret_cast<const sockaddr_in6&>(address).sin6_port, true);
  return std::string(kUnixPeer);
}

std::string local_address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  return text_of(address);
}

std::string remote_address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  return text_of(address);
}

}  // namespace dmw
