// Small DICOM files for the tests of this room.
#pragma once

#include <cstdint>
#include <string>

namespace dmw::sources {

namespace test_detail {

inline std::string little(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((number >> (8 * i)) & 0xffU);
  return text;
}

/// Explicit little endian.
inline std::string element(unsigned group, unsigned number, const std::string& vr, std::string value) {
  if (value.size() % 2 == 1) value += vr == "UI" ? '\0' : ' ';
  const bool wide = vr == "OB" || vr == "OW";
  return little(group, 2) + little(number, 2) + vr +
         (wide ? std::string(2, '\0') + little(value.size(), 4) : little(value.size(), 2)) + value;
}

}  // namespace test_detail

struct TestImage {
  std::string study = "1.2.3";
  std::string series = "1.2.3.1";
  std::string sop = "1.2.3.1.1";
  std::size_t pixel_bytes = 512;
  std::string description = "as sent";
};

inline std::string dicom_file(const TestImage& image) {
  using test_detail::element;
  using test_detail::little;
  const std::string ct = "1.2.840.10008.5.1.4.1.1.2";
  std::string meta = element(2, 1, "OB", std::string("\0\1", 2)) + element(2, 2, "UI", ct) +
                     element(2, 3, "UI", image.sop) + element(2, 0x10, "UI", "1.2.840.10008.1.2.1") +
                     element(2, 0x12, "UI", "1.2.276.0.7230010.3.0");
  meta = element(2, 0, "UL", little(meta.size(), 4)) + meta;
  const std::string dataset =
      element(8, 0x16, "UI", ct) + element(8, 0x18, "UI", image.sop) + element(8, 0x20, "DA", "20260131") +
      element(8, 0x60, "CS", "CT") + element(8, 0x103e, "LO", image.description) +
      element(0x10, 0x10, "PN", "Nobody^Ann") + element(0x10, 0x20, "LO", "NB-1") +
      element(0x20, 0xd, "UI", image.study) + element(0x20, 0xe, "UI", image.series) + element(0x20, 0x13, "IS", "1") +
      element(0x28, 2, "US", little(1, 2)) + element(0x28, 0x10, "US", little(16, 2)) +
      element(0x28, 0x11, "US", little(image.pixel_bytes / 32, 2)) + element(0x28, 0x100, "US", little(16, 2)) +
      element(0x7fe0, 0x10, "OW", std::string(image.pixel_bytes, '\x5a'));
  return std::string(128, '\0') + "DICM" + meta + dataset;
}

}  // namespace dmw::sources
