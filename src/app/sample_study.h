// SampleStudy: a synthetic study for trying the program: a CT with two series, some late images, and broken files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "dicom/part10_writer.h"

namespace dmw::app {

struct SampleFile {
  std::string name;  // relative: "study/1-03.dcm"
  std::string bytes;
};

class SampleStudy {
 public:
  static constexpr int series = 2;
  static constexpr int images_a_series = 6;
  static constexpr int late_images = 3;
  static constexpr int broken_files = 4;

  /// The same seed gives the same files, byte for byte; without a seed each call gives another study. One of the broken
  /// files has a header over `header_limit_bytes`.
  SampleStudy(const std::optional<std::string>& seed, std::uint64_t header_limit_bytes);

  const std::string& study_uid() const { return study_uid_; }

  SampleFile image(int series_number, int image_number) const;
  /// Further images of the last series.
  SampleFile late(int number) const;
  /// 1 ends inside its header, 2 has no Study Instance UID, 3 is nested deeper than any image, 4 has a header of 40
  /// MiB, or more if the limit is higher.
  SampleFile broken(int number) const;

 private:
  std::string uid(const std::string& of) const;
  /// All elements before (0028,0002), in the order of their tags.
  dicom::Part10Writer described(int series_number, int image_number) const;
  SampleFile named(const std::string& folder, int series_number, int image_number) const;

  const Uuid space_;
  const std::string study_uid_;
  const std::uint64_t header_limit_bytes_;
};

}  // namespace dmw::app
