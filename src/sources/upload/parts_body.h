// The body of a STOW-RS request: multipart/related with one instance per part (PS3.18 §8.6.1.2, §10.5.2).
#pragma once

#include <optional>

#include "http/body_reader.h"
#include "http/request.h"
#include "sources/door.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// Keeps the body part by part. Returns a problem if it cannot be read to its end: 400 (not multipart, cut), 408, 415
/// (another type of body or part), 413, 503 and 507 (no room).
std::optional<http::Problem> receive_parts(const http::Request& request, http::BodyReader& body, Door& door,
                                           Delivery& delivery);

}  // namespace dmw::sources
