#include "app/sample_study.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/format.h"
#include "dicom/inflated_source.h"

namespace dmw::app {
namespace {

using dicom::Part10Writer;

constexpr int edge = 512;  // pixels
constexpr int slice_distance_mm = 5;
constexpr int rescale_intercept = -1024;
constexpr std::string_view orientation = "1\\0\\0\\0\\1\\0";

/// PS3.5 §B.2: the UUID as one decimal number below 2.25.
std::string uid_of(const Uuid& uuid) {
  std::array<int, 39> digits{};  // least significant first
  for (const char c : uuid.text()) {
    if (c == '-') continue;
    int carry = c <= '9' ? c - '0' : c - 'a' + 10;
    for (int& digit : digits) {
      carry += digit * 16;
      digit = carry % 10;
      carry /= 10;
    }
  }
  std::string text;
  for (const int digit : digits) text.insert(text.begin(), static_cast<char>('0' + digit));
  return "2.25." + text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

/// An ellipse of the phantom, with its density in Hounsfield units.
struct Ellipse {
  double x, y, width, height;  // in units of half the image: -1 to 1
  int hounsfield;
  bool covers(double at_x, double at_y) const {
    const double dx = (at_x - x) / width;
    const double dy = (at_y - y) / height;
    return dx * dx + dy * dy <= 1;
  }
};

int hounsfield_at(double x, double y, double height) {
  const double narrowing = 1 - 0.15 * height;
  const std::array<Ellipse, 6> body = {{{0, 0, 0.82 * narrowing, 0.62, -90},
                                        {0, 0, 0.76 * narrowing, 0.56, 45},
                                        {-0.37, -0.05, 0.29 * narrowing, 0.4 * narrowing, -820},
                                        {0.37, -0.05, 0.29 * narrowing, 0.4 * narrowing, -820},
                                        {0.06, -0.08, 0.16, 0.2 * narrowing, 60},
                                        {0, 0.4, 0.1, 0.1, 700}}};
  int value = -1000;
  for (const Ellipse& part : body) {
    if (part.covers(x, y)) value = part.hounsfield;
  }
  const Ellipse nodule{0.4, -0.1, 0.06 * (1 - height), 0.06 * (1 - height), 40};
  return height < 1 && nodule.covers(x, y) ? nodule.hounsfield : value;
}

/// 16 bits a pixel, little endian; `height` from 0, the first slice, on.
std::string picture(double height, int shade) {
  std::string pixels;
  pixels.reserve(std::size_t{edge} * edge * 2);
  for (int row = 0; row < edge; ++row) {
    for (int column = 0; column < edge; ++column) {
      const double x = (2.0 * column + 1) / edge - 1;
      const double y = (2.0 * row + 1) / edge - 1;
      const auto stored = static_cast<unsigned>(std::max(hounsfield_at(x, y, height) + shade - rescale_intercept, 0));
      pixels += static_cast<char>(stored & 0xFFU);
      pixels += static_cast<char>(stored >> 8U);
    }
  }
  return pixels;
}

/// The image module of a CT image (PS3.3 §C.8.2.1), and the picture.
std::string with_picture(Part10Writer file, double height, int shade) {
  file.us(0x00280002, 1).text(0x00280004, "CS", "MONOCHROME2").us(0x00280010, edge).us(0x00280011, edge);
  file.text(0x00280030, "DS", "0.7\\0.7").us(0x00280100, 16).us(0x00280101, 12).us(0x00280102, 11).us(0x00280103, 0);
  file.text(0x00281050, "DS", "-400").text(0x00281051, "DS", "1500");
  file.text(0x00281052, "DS", format("{}", rescale_intercept)).text(0x00281053, "DS", "1");
  return file.pixels(picture(height, shade)).bytes();
}

/// `levels` sequences, each the only element of the item before.
Part10Writer nest(int levels) {
  Part10Writer inner = Part10Writer().text(0x00080104, "LO", "far below");
  for (int level = 0; level < levels; ++level) inner = Part10Writer().sequence(0x00400555, {inner});
  return inner;
}

}  // namespace

SampleStudy::SampleStudy(const std::optional<std::string>& seed, std::uint64_t header_limit_bytes)
    : space_(seed ? Uuid::of_name(Uuid(), "sample/" + *seed) : Uuid::random()),
      study_uid_(uid("study")),
      header_limit_bytes_(header_limit_bytes) {}

std::string SampleStudy::uid(const std::string& of) const {
  return uid_of(Uuid::of_name(space_, of));
}

Part10Writer SampleStudy::described(int series_number, int image_number) const {
  const std::string id = space_.text().substr(0, 4);
  const std::string sop = uid(format("image/{}/{}", series_number, image_number));
  const int z = image_number * slice_distance_mm;
  Part10Writer file;
  file.meta_sop_uid(sop).text(0x00080005, "CS", "ISO_IR 192").text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
  file.text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2").text(0x00080018, "UI", sop);
  file.text(0x00080020, "DA", "20260131").text(0x00080023, "DA", "20260131").text(0x00080030, "TM", "101500");
  file.text(0x00080033, "TM", format("1015{:02}", image_number)).text(0x00080050, "SH", "SAMPLE-" + id);
  file.text(0x00080060, "CS", "CT").text(0x00080070, "LO", "DICOM Middleware").text(0x00080090, "PN", "");
  file.text(0x00081030, "LO", "Synthetic chest").text(0x0008103E, "LO", series_number == 1 ? "Soft tissue" : "Lung");
  file.text(0x00100010, "PN", "Sample^Synthetic").text(0x00100020, "LO", "SAMPLE-" + id);
  file.text(0x00100030, "DA", "19700101").text(0x00100040, "CS", "O").text(0x00180015, "CS", "CHEST");
  file.text(0x00180050, "DS", format("{}", slice_distance_mm)).text(0x00180060, "DS", "120");
  file.text(0x0020000D, "UI", study_uid_).text(0x0020000E, "UI", uid(format("series/{}", series_number)));
  file.text(0x00200010, "SH", "1").text(0x00200011, "IS", format("{}", series_number)).text(0x00200012, "IS", "1");
  file.text(0x00200013, "IS", format("{}", image_number)).text(0x00200032, "DS", format("-179.2\\-179.2\\{}", z));
  file.text(0x00200037, "DS", orientation).text(0x00200052, "UI", uid("frame")).text(0x00201040, "LO", "");
  return file.text(0x00201041, "DS", format("{}", z));
}

SampleFile SampleStudy::named(const std::string& folder, int series_number, int image_number) const {
  const double height = (image_number - 1) / static_cast<double>(images_a_series + late_images);
  return {format("{}/{}-{:02}.dcm", folder, series_number, image_number),
          with_picture(described(series_number, image_number), height, series_number == 1 ? 0 : 12)};
}

SampleFile SampleStudy::image(int series_number, int image_number) const {
  return named("study", series_number, image_number);
}

SampleFile SampleStudy::late(int number) const {
  return named("late", series, images_a_series + number);
}

SampleFile SampleStudy::broken(int number) const {
  const std::string of = format("broken/{}", number);
  const auto instance = [&](std::string_view syntax) {
    return Part10Writer::instance(uid(of + "/study"), uid(of + "/series"), uid(of), syntax);
  };
  switch (number) {
    case 1:
      return {"broken/cut-short.dcm", described(series, 1).us(0x00280002, 1).heading(0x00280010, "US", 2).bytes()};
    case 2:
      return {"broken/no-study.dcm", Part10Writer()
                                         .meta_sop_uid(uid(of))
                                         .text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")
                                         .text(0x00080018, "UI", uid(of))
                                         .text(0x0020000E, "UI", uid(of + "/series"))
                                         .bytes()};
    case 3:
      return {"broken/nested-too-deep.dcm", instance(dicom::explicit_little).append(nest(100).dataset()).bytes()};
    default:
      break;
  }
  // Deflated zeros need little space on disk, but inflate to a large header.
  Part10Writer huge = instance(dicom::deflated_little).text(0x00210010, "LO", "DMW SAMPLE");
  constexpr std::uint32_t values = 40;
  const std::string value(std::max<std::uint64_t>(1U << 20U, dicom::inflated_share(header_limit_bytes_) / values + 2),
                          '\0');
  for (std::uint32_t i = 0; i < values; ++i)
    huge.raw(0x00211000 + i, "OB", std::string_view(value).substr(value.size() % 2));
  return {"broken/huge-header.dcm", huge.bytes()};
}

}  // namespace dmw::app
