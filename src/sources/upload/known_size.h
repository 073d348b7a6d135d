// The size of an upload according to its head, so that an upload that cannot fit is refused before its bytes are read.
#pragma once

#include <cstdint>

#include "http/request.h"

namespace dmw::sources {

/// Content-Length of a body without an encoding; 0 if the size is unknown.
std::uint64_t known_size(const http::Request& request);

}  // namespace dmw::sources
