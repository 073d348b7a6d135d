// Sockets that listen, made by hand so that TCP and Unix domain sockets are the same thing afterwards. The port
// for DIMSE is one, too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace dmw::http {

inline constexpr std::string_view kUnixPeer = "unix";

/// The error of an address that is taken, with the setting that names it.
inline Error naming(std::string_view setting, Error error) {
  if (error.code == Errc::conflict)
    error.what += ": end the program that has it, or set " + std::string(setting) + " to another";
  return error;
}

/// `host` is a literal address, or "localhost". Errors: invalid (no address), conflict (the port is taken).
Result<File> listen_tcp(const std::string& host, std::uint16_t port);

/// Mode 0600. A socket file that nobody serves is replaced. Errors: conflict (served already), invalid (too long).
Result<File> listen_unix(const std::string& path);

/// The port of a TCP socket, 0 for another.
std::uint16_t port_of(int descriptor);

/// "127.0.0.1:40000", "[::1]:40000" or kUnixPeer.
std::string peer_of(int descriptor);

/// The address at which a TCP connection came in, without its port; empty for another.
std::string local_address_of(int descriptor);
/// That of the other end.
std::string remote_address_of(int descriptor);

}  // namespace dmw::http
