// Converts a failed transfer of curl to an Error. Internal to this room.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"

namespace dmw::http {

/// `curl`: the easy handle of the transfer, `code`: its CURLcode, `detail`: what curl says more, may be empty.
/// Errors: those of Client.
Error curl_error(void* curl, int code, std::string_view detail, const ClientOptions& options);

/// Why nothing can be asked on the connection of `curl` after that time: nobody has accepted it, or TLS is not agreed
/// on.
std::string not_ready_in(void* curl, std::string_view peer, std::chrono::milliseconds time);

}  // namespace dmw::http
