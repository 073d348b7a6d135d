// Header: the index of a file's elements before Pixel Data, with all sequences, in the order of their tags.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dicom/byte_source.h"
#include "dicom/encoding.h"
#include "model/flags.h"

namespace dmw::dicom {

/// One element, or one item (tag (FFFE,E000)). What a sequence contains follows it with a greater depth.
struct Element {
  std::uint64_t offset = 0;  // of the value, in Header::bytes()
  std::uint32_t length = 0;  // undefined_length where it has none
  Tag tag{};
  Vr vr = Vr::none;        // of the file; else of the dictionary; `un` when neither knows
  std::uint8_t depth = 0;  // 0 at the top; an item and the elements in it are one deeper than their sequence
  bool big_endian = false;
  bool opaque = false;  // a sequence of which not even the first item makes sense: none follow
};

struct Header {
  std::vector<Element> elements;
  std::string transfer_syntax;  // (0002,0010), or the one that was recognised
  std::string meta_sop_class;   // (0002,0002)
  std::string meta_sop_uid;     // (0002,0003)
  Flags flags;
  std::uint64_t header_bytes = 0;        // of the file before the value of Pixel Data, or all of them
  std::shared_ptr<ByteSource> inflated;  // the dataset of a deflated file; it reads on from the file's source

  /// Where the values are: `file` is the source that was read.
  ByteSource& bytes(ByteSource& file) const { return inflated ? *inflated : file; }
};

/// How much of a header is read.
struct HeaderLimits {
  /// Of the header, not of the file: values over 64 KiB are not read and not counted, except that all counts in a
  /// deflated dataset, of which inflated_share() is taken.
  std::uint64_t bytes = 0;
  std::size_t elements = std::numeric_limits<std::size_t>::max();  // and items
};

/// Reads File Meta and every element before Pixel Data; never touches pixel bytes. Of two elements with one tag in one
/// item, the first counts. `file` must outlive the header when it is deflated. Errors: not_dicom (no "DICM" at byte 128
/// and no plausible first element), corrupted (an element runs past the end of its container and no usual mistake
/// explains it), too_large (more than a limit says), too_deep (nesting over 64). Facts: PS3.10 §7.1 (preamble,
/// prefix, meta); PS3.5 §7.1 (element encoding), §7.5 (sequences), §A (transfer syntaxes).
Result<Header> read_header(ByteSource& file, const HeaderLimits& limits);
/// The same, without a limit for elements.
Result<Header> read_header(ByteSource& file, std::uint64_t limit_bytes);

}  // namespace dmw::dicom
