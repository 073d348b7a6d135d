// The typed attributes of a file (model/attributes.h), in one walk without an index.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "dicom/byte_source.h"
#include "dicom/tag.h"
#include "model/attributes.h"

namespace dmw::dicom {

struct ReadOptions {
  std::uint64_t limit_bytes = 256 * 1024 * 1024;
  std::vector<Tag> series_tags;  ///< ascending (tags_of): what goes into Attributes::series_attributes as DICOM JSON
};

/// All of the header is walked, and the attributes are those that begin in the first 16 MiB of the dataset, so memory
/// does not grow with it. Text is trimmed UTF-8 of at most 1,024 bytes; a value that does not fit its VR is kept as
/// received and flagged. The SOP class is that of the meta where the dataset has none. Sequences are walked, so that
/// the same files are refused as by read_header, but nothing is kept of them. Errors: those of read_header, and
/// unsupported (no usable Study, Series or SOP Instance UID; a DICOMDIR).
Result<Attributes> read_attributes(ByteSource& file, const ReadOptions& options = {});
/// The same; `study` is filled as well where it was found before the header is refused, and emptied otherwise.
Result<Attributes> read_attributes(ByteSource& file, const ReadOptions& options, StudyUid& study);

}  // namespace dmw::dicom
