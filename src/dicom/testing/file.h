// File: the writer of DICOM files, as tests and load generators call it.
#pragma once

#include <string_view>

#include "dicom/part10_writer.h"

namespace dmw::dicom::testing {

using File = Part10Writer;
using dicom::explicit_big;
using dicom::explicit_little;
using dicom::implicit_little;

inline constexpr std::string_view deflated = deflated_little;
inline constexpr std::string_view jpeg_baseline = "1.2.840.10008.1.2.4.50";

}  // namespace dmw::dicom::testing
