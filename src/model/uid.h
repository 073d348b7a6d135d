// The unique identifiers of DICOM (PS3.5 §9), each its own type.
#pragma once

#include <string>
#include <string_view>

#include "base/strong.h"

namespace dmw {

using StudyUid = Strong<struct StudyUidTag, std::string>;
using SeriesUid = Strong<struct SeriesUidTag, std::string>;
using SopUid = Strong<struct SopUidTag, std::string>;

/// `[0-9]+(\.[0-9]+)*`, at most 64 characters: a UID that can be used unchanged in an object key. More lenient than
/// PS3.5 §9.1, which also forbids leading zeros that real devices write.
bool is_plain_uid(std::string_view text);

}  // namespace dmw
