// Converts a failed transfer of curl to an Error. Internal to this room.
#pragma once

#include <string_view>

#include "base/result.h"

namespace dmw::http {

/// `curl`: the easy handle of the transfer, `code`: its CURLcode, `detail`: what curl says more, may be empty.
/// Errors: those of Client.
Error curl_error(void* curl, int code, std::string_view detail);

}  // namespace dmw::http
