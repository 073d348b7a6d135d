// The body of a plain upload: one DICOM file, or a zip archive of some.
#pragma once

#include <filesystem>
#include <optional>

#include "http/body_reader.h"
#include "sources/door.h"
#include "sources/stow/delivery.h"

namespace dmw::sources {

/// What it is, its first bytes say, whatever its type is called: browsers and scripts know it badly. An archive is read
/// from its end, so it lies in a nameless file in `scratch` for as long as that takes. Files in it that are no
/// DICOM are refused one by one. A problem when the body cannot be read on: 400, 408, 413 (an archive over its limits),
/// 422 (a damaged archive), 503 and 507 (no room).
std::optional<http::Problem> receive_file(http::BodyReader& body, const std::filesystem::path& scratch, Door& door,
                                          Delivery& delivery);

}  // namespace dmw::sources
