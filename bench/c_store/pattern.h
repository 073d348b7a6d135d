// A pattern: a file in memory of which any number of different instances are made by writing other digits into its
// UIDs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dicom/part10.h"

namespace dmw::bench {

/// One thread. A copy is a pattern of its own.
class Pattern {
 public:
  /// Of a file in Explicit VR Little Endian whose study, series and SOP instance UIDs have 32 characters or more.
  static Result<Pattern> load(const std::string& path);

  /// Makes it the instance `number` of the study `study` of the run `run`.
  void become(std::uint64_t run, std::uint64_t study, std::uint64_t number);

  dicom::Prefix kind() const { return dicom::read_prefix(as_bytes(file_)); }
  std::string_view study() const { return view(uids_[0]); }
  std::string_view sop_instance() const { return view(uids_[2]); }
  ByteView dataset() const { return as_bytes(file_).subspan(offset_); }

 private:
  struct Place {
    std::size_t at = 0;
    std::size_t length = 0;
  };
  std::string_view view(const Place& place) const { return std::string_view(file_).substr(place.at, place.length); }
  static Result<Place> find(std::string_view file, std::uint16_t group, std::uint16_t element);
  void write(const Place& place, std::uint64_t run, std::uint64_t study, std::uint64_t number);

  std::string file_;
  std::size_t offset_ = 0;
  std::array<Place, 3> uids_;  // study, series, SOP instance
};

}  // namespace dmw::bench
