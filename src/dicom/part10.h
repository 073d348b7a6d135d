// The prefix of a file before its dataset: preamble, "DICM", File Meta Information (PS3.10 §7.1).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "model/flags.h"

namespace dmw::dicom {

/// The part of a file in which its dataset is looked for. It is always the same, so every caller finds the same offset.
inline constexpr std::size_t head_limit_bytes = 64 * 1024;

struct Prefix {
  std::uint64_t dataset_offset = 0;
  std::uint64_t first_element = 0;  // after the elements of group 0002 with which the dataset begins
  bool has_dicm = false;
  bool has_meta = false;
  std::string_view sop_class;        // (0002,0002); views into the head, without padding
  std::string_view sop_uid;          // (0002,0003)
  std::string_view transfer_syntax;  // (0002,0010)
  Flags flags;                       // no_meta, preamble_in_use, odd_encoding
};

/// Reads group 0002 element by element. It ends before the first element of another group, or that is unreadable. If
/// (0002,0000) puts the end between two of these elements, after the transfer syntax, the later ones belong to the
/// dataset; they are left-overs, against PS3.5 §7.1, and do not describe the file. Any other (0002,0000) is ignored,
/// except for a meta that is longer than the head. Big endian is read and flagged. `head`: the beginning of a file,
/// either all of it or at least 64 KiB. The offsets can be after the head, and after the end of the file.
Prefix read_prefix(ByteView head);

/// The elements of group 0002, in little endian, with which a dataset begins against the Standard.
struct LeftOvers {
  std::size_t end = 0;               // their end; their begin if there are none
  std::string_view transfer_syntax;  // of the last (0002,0010); a view into the head
  bool any = false;
  bool is_implicit = false;  // some elements have no VR
  bool is_explicit = false;  // some elements have a VR
};
LeftOvers left_overs(ByteView head, std::size_t begin);

/// The offset of the dataset; the bytes before it are the prefix of the digests. 0 if there is neither "DICM" nor group
/// 0002.
std::uint64_t dataset_offset(ByteView head);

}  // namespace dmw::dicom
