// Creates listening sockets. TCP and Unix domain sockets can then be used in the same way. Also used for the DIMSE
// port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace dmw {

inline constexpr std::string_view kUnixPeer = "unix";

/// The error for an address that is in use, with the name of its setting.
inline Error naming_setting(std::string_view setting, Error error) {
  if (error.code == Errc::conflict)
    error.what += ": end the program that uses it, or set " + std::string(setting) + " to another";
  return error;
}

/// `host` is a literal address, or "localhost". Errors: invalid (no address), conflict (the port is taken).
Result<File> listen_tcp(const std::string& host, std::uint16_t port);

/// Mode 0600. A socket file without a listening program is replaced. Errors: conflict (a program listens there),
/// invalid (the path is too long).
Result<File> listen_unix(const std::string& path);

/// The port of a TCP socket; 0 for other sockets.
std::uint16_t port_of(int descriptor);

/// "127.0.0.1:40000", "[::1]:40000" or kUnixPeer.
std::string peer_of(int descriptor);

/// The local address of a TCP connection, without the port; empty for other sockets.
std::string local_address_of(int descriptor);
/// The address of the other end.
std::string remote_address_of(int descriptor);

}  // namespace dmw
