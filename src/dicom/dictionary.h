// The data dictionary of PS3.6: tag, VR and keyword of every standard attribute. `dictionary_data.inc` is written by
// tools/make-dictionary, from DCMTK 3.6.7 and pydicom at its commit fb1f24e4 of June 2026; its first lines name the
// editions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dicom/tag.h"
#include "dicom/vr.h"

namespace dmw::dicom {

/// The VR of the standard, also of group lengths (UL), private creators (LO) and repeating groups (50xx, 60xx, 7Fxx);
/// `none` for other private tags and tags the dictionary does not know; `us_or_ss` where the image decides.
Vr dictionary_vr(Tag tag);
/// "PatientName"; empty when there is none.
std::string_view keyword_of(Tag tag);
/// By keyword ("PatientName") or by eight hexadecimal digits ("00100010").
/// Errors: invalid (no such attribute).
Result<Tag> tag_of(std::string_view keyword);
/// Ascending, without repetitions. Errors: invalid, with the first keyword that is unknown.
Result<std::vector<Tag>> tags_of(std::span<const std::string> keywords);

}  // namespace dmw::dicom
