// The origin of an item for people: a file, a peer, or a resource of an Orthanc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/session.h"

namespace dmw {

inline constexpr std::size_t origin_bytes_max = 1'024;

/// A name from outside as text that is safe for terminals and databases: malformed UTF-8 and control characters are
/// replaced by "?", and text beyond `bytes_max` is cut.
std::string shown_name(std::string_view name, std::size_t bytes_max = origin_bytes_max);

/// `resource`: the source's name for the item, or empty. "CT01@10.1.2.3", "scans/1.dcm", "http://orthanc:8042 instance
/// 0123abcd-…"; empty if nothing is known.
std::string origin_of(const Session& session, std::string_view resource);

}  // namespace dmw
