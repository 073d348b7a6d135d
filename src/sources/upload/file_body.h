// The body of a plain upload: one DICOM file, or a zip archive of some.
#pragma once

#include <functional>
#include <optional>

#include "http/body_reader.h"
#include "http/request.h"
#include "inbox/intake.h"
#include "sources/door.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// What a plain upload works with.
struct FileRooms {
  Door& door;
  inbox::Intake& inbox;            // for the archive while it is read
  std::function<bool()> stopping;  // an archive is unpacked no further
};

/// What it is, its first bytes say, whatever its type is called: browsers and scripts know it badly. An archive is read
/// from its end, so it lies in a nameless file beside the spool for as long as that takes. Files in it that are no
/// DICOM, or do not fit into the inbox, are refused one by one. A problem when the body cannot be read on: 400, 408,
/// 413 (an archive over its limits, or a body that cannot fit), 422 (a damaged archive), 503 (also when the program
/// stops) and 507 (no room).
std::optional<http::Problem> receive_file(const http::Request& request, http::BodyReader& body, const FileRooms& rooms,
                                          Delivery& delivery);

}  // namespace dmw::sources
