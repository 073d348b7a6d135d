// Where an item came from, in the words of a person: which file, which peer, which resource of an Orthanc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/session.h"

namespace dmw {

inline constexpr std::size_t origin_bytes_max = 1'024;

/// Names from outside as a text that a terminal and a database take: what is no UTF-8, a control character or beyond
/// `bytes_max` is replaced by "?".
std::string shown_name(std::string_view name, std::size_t bytes_max = origin_bytes_max);

/// `resource`: how the source names the item, or empty. "CT01@10.1.2.3", "scans/1.dcm",
/// "http://orthanc:8042 instance 0123abcd-…"; empty where nothing is known.
std::string origin_of(const Session& session, std::string_view resource);

}  // namespace dmw
