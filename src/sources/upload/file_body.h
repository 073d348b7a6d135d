// The body of a plain upload: one DICOM file, or a zip archive of DICOM files.
#pragma once

#include <functional>
#include <optional>

#include "http/body_reader.h"
#include "http/request.h"
#include "inbox/intake.h"
#include "sources/door.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// The objects that a plain upload uses.
struct FileRooms {
  Door& door;
  inbox::Intake& inbox;            // has the archive while it is read
  std::function<bool()> stopping;  // true: unpacking must stop
};

/// The first bytes decide whether it is a DICOM file or an archive, because browsers and scripts often send a wrong
/// type. An archive is read from its end, so it is written to an unnamed file next to the spool first. Files in it that
/// are not DICOM, or do not fit into the inbox, are refused one by one. Returns a problem if the body cannot be read to
/// its end: 400, 408, 413 (an archive over its limits, or a body that cannot fit), 422 (a damaged archive), 503 (also
/// when the program stops) and 507 (no room).
std::optional<http::Problem> receive_file(const http::Request& request, http::BodyReader& body, const FileRooms& rooms,
                                          Delivery& delivery);

}  // namespace dmw::sources
