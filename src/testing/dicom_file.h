// DICOM files for tests: `File` writes a file element by element, valid or with faults; dicom_file() writes a small CT
// image with all elements of a real one.
#pragma once

#include <cstdint>
#include <string>
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

namespace dmw {

struct TestImage {
  std::string study = "1.2.3";
  std::string series = "1.2.3.1";
  std::string sop = "1.2.3.1.1";
  std::size_t pixel_bytes = 512;
  std::string description = "as sent";
};

inline std::string dicom_file(const TestImage& image) {
  return dicom::testing::File()
      .meta_sop_uid(image.sop)
      .text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")
      .text(0x00080018, "UI", image.sop)
      .text(0x00080020, "DA", "20260131")
      .text(0x00080060, "CS", "CT")
      .text(0x0008103E, "LO", image.description)
      .text(0x00100010, "PN", "Nobody^Ann")
      .text(0x00100020, "LO", "NB-1")
      .text(0x0020000D, "UI", image.study)
      .text(0x0020000E, "UI", image.series)
      .text(0x00200013, "IS", "1")
      .us(0x00280002, 1)
      .us(0x00280010, 16)
      .us(0x00280011, static_cast<std::uint16_t>(image.pixel_bytes / 32))
      .us(0x00280100, 16)
      .pixels(image.pixel_bytes)
      .bytes();
}

}  // namespace dmw
