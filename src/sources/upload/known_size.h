// How large an upload is, as far as its head says so: what cannot fit is refused before its bytes come.
#pragma once

#include <cstdint>

#include "http/request.h"

namespace dmw::sources {

/// Content-Length of a body that comes as it is; 0 when its size is not known.
std::uint64_t known_size(const http::Request& request);

}  // namespace dmw::sources
