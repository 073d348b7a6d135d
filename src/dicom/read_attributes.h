// The typed attributes of a file (model/attributes.h), in one walk without an index.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "dicom/byte_source.h"
#include "dicom/tag.h"
#include "model/attributes.h"
#include "model/header_reading.h"

namespace dmw::dicom {

struct ReadOptions {
  std::uint64_t limit_bytes = 256 * 1024 * 1024;
  std::vector<Tag> series_tags;  ///< ascending (tags_of); these go into Attributes::series_attributes as DICOM JSON
};

/// Walks the whole header. The attributes are those that begin in the first 16 MiB of the dataset, so memory does not
/// grow with the header. Text is trimmed UTF-8 of at most 1,024 bytes; a value that does not fit its VR is kept as
/// received and flagged. If the dataset has no SOP class, that of the meta is used. Sequences are walked but not kept,
/// so the same files are refused as by read_header. Errors: those of read_header, and unsupported (no usable Study,
/// Series or SOP Instance UID; a DICOMDIR).
Result<Attributes> read_attributes(ByteSource& file, const ReadOptions& options = {});
/// The same of an instance that is to be kept: readable, or refused with its study where that was found before. Never
/// unread. Errors: only transient ones, of reading the file.
Result<HeaderReading> read_instance(ByteSource& file, const ReadOptions& options = {});

}  // namespace dmw::dicom
