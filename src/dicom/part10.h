// What stands before the dataset of a file: preamble, "DICM", File Meta Information (PS3.10 §7.1).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "model/flags.h"

namespace dmw::dicom {

/// No more of a file's beginning is ever looked at to find its dataset, so the answer is the same for everyone.
inline constexpr std::size_t head_limit_bytes = 64 * 1024;

struct Prefix {
  std::uint64_t dataset_offset = 0;
  std::uint64_t first_element = 0;  // behind the elements of group 0002 that the dataset begins with
  bool has_dicm = false;
  bool has_meta = false;
  std::string_view sop_class;        // (0002,0002); views into the head, without padding
  std::string_view sop_uid;          // (0002,0003)
  std::string_view transfer_syntax;  // (0002,0010)
  Flags flags;                       // no_meta, preamble_in_use, odd_encoding
};

/// Reads group 0002 element by element and ends where another group begins, or where it makes no sense any more. Where
/// (0002,0000) says that the meta ends between two of these elements, behind its transfer syntax, the rest of them
/// belongs to the dataset: left-overs, against PS3.5 §7.1, that say nothing of the file. Any other (0002,0000) is not
/// believed, unless it says where a meta ends that is longer than the head. Big endian is read and flagged. `head` is
/// the beginning of a file: all of it, or at least 64 KiB. The offsets may lie behind the head, and behind the file.
Prefix read_prefix(ByteView head);

/// The elements of group 0002 that a dataset begins with, in little endian, which it must not have.
struct LeftOvers {
  std::size_t end = 0;               // where they end; where they begin when there are none
  std::string_view transfer_syntax;  // of the last (0002,0010); a view into the head
  bool any = false;
  bool is_implicit = false;  // some have no VR
  bool is_explicit = false;  // some have one
};
LeftOvers left_overs(ByteView head, std::size_t begin);

/// Where the dataset begins: what is before is the prefix of the digests. 0 when there is neither "DICM" nor group
/// 0002.
std::uint64_t dataset_offset(ByteView head);

}  // namespace dmw::dicom
