// Header: the index of a file's elements before Pixel Data, with all sequences, in the order of tags.
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

/// One element, or one item (tag (FFFE,E000)). The content of a sequence follows it with a greater depth.
struct Element {
  std::uint64_t offset = 0;  // of the value, in Header::bytes()
  std::uint32_t length = 0;  // undefined_length if the file has no length
  Tag tag{};
  Vr vr = Vr::none;        // from the file, otherwise from the dictionary; `un` if neither knows it
  std::uint8_t depth = 0;  // 0 at the top; an item and its elements are one deeper than their sequence
  bool big_endian = false;
  bool opaque = false;  // a sequence whose first item is unreadable; no item follows
};

struct Header {
  std::vector<Element> elements;
  std::string transfer_syntax;  // (0002,0010), or the recognised one
  std::string meta_sop_class;   // (0002,0002)
  std::string meta_sop_uid;     // (0002,0003)
  Flags flags;
  std::uint64_t header_bytes = 0;        // size of the file before the value of Pixel Data, or of all of it
  std::shared_ptr<ByteSource> inflated;  // the dataset of a deflated file; it reads from the source of the file

  /// The source of the values; `file` is the source that was read.
  ByteSource& bytes(ByteSource& file) const { return inflated ? *inflated : file; }
};

/// The limits of a header.
struct HeaderLimits {
  /// Size of the header, not of the file. Values over 64 KiB are neither read nor counted. In a deflated dataset
  /// everything counts, and the limit is inflated_share().
  std::uint64_t bytes = 0;
  std::size_t elements = std::numeric_limits<std::size_t>::max();  // elements and items
};

/// Reads File Meta and every element before Pixel Data; never reads pixel bytes. If an item has two elements with the
/// same tag, the first counts. If the file is deflated, `file` must outlive the header. Errors: not_dicom (no "DICM" at
/// byte 128 and no plausible first element), corrupted (an element runs past the end of its container and no usual
/// mistake explains it), too_large (above a limit), too_deep (nesting over 64). Facts: PS3.10 §7.1 (preamble, prefix,
/// meta); PS3.5 §7.1 (element encoding), §7.5 (sequences), §A (transfer syntaxes).
Result<Header> read_header(ByteSource& file, const HeaderLimits& limits);
/// The same without a limit for elements.
Result<Header> read_header(ByteSource& file, std::uint64_t limit_bytes);

}  // namespace dmw::dicom
