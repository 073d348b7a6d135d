#include "pattern.h"

#include "base/file.h"
#include "base/format.h"

namespace dmw::bench {
namespace {

constexpr std::size_t file_bytes_max = 64U << 20U;
constexpr std::size_t digits = 24;  // of run, study and number
constexpr std::size_t uid_length_min = digits + 8;

}  // namespace

/// Looks for the first eight bytes of the element (PS3.5 §7.1.2).
Result<Pattern::Place> Pattern::find(std::string_view file, std::uint16_t group, std::uint16_t element) {
  const std::string head = {static_cast<char>(group & 0xFFU),
                            static_cast<char>(group >> 8U),
                            static_cast<char>(element & 0xFFU),
                            static_cast<char>(element >> 8U),
                            'U',
                            'I'};
  const std::size_t at = file.find(head, dicom::dataset_offset(as_bytes(file)));
  if (at == std::string_view::npos || at + 8 > file.size())
    return fail(Errc::unsupported, format("there is no ({:04X},{:04X}) in Explicit VR Little Endian", group, element));
  Place place{at + 8, static_cast<unsigned char>(file[at + 6])};
  while (place.length > 0 && file[place.at + place.length - 1] == '\0') --place.length;
  if (place.length < uid_length_min || place.at + place.length > file.size())
    return fail(Errc::unsupported,
                format("({:04X},{:04X}) is shorter than {} characters", group, element, uid_length_min));
  return place;
}

Result<Pattern> Pattern::load(const std::string& path) {
  Pattern pattern;
  pattern.file_ = TRY(read_text(path, file_bytes_max));
  pattern.offset_ = dicom::dataset_offset(as_bytes(pattern.file_));
  pattern.uids_ = {TRY(find(pattern.file_, 0x0020, 0x000D)), TRY(find(pattern.file_, 0x0020, 0x000E)),
                   TRY(find(pattern.file_, 0x0008, 0x0018))};
  return pattern;
}

void Pattern::become(std::uint64_t run, std::uint64_t study, std::uint64_t number) {
  write(uids_[0], run, study, 0);
  write(uids_[1], run, study, 0);
  write(uids_[2], run, study, number);
}

/// The last digits of the UID: what stands before them stays.
void Pattern::write(const Place& place, std::uint64_t run, std::uint64_t study, std::uint64_t number) {
  const std::string tail = format("{:010}{:07}{:07}", run, study, number);
  file_.replace(place.at + place.length - digits, digits, tail);
}

}  // namespace dmw::bench
