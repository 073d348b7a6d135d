// FileKind: the kind of a file in a folder, judged by its beginning, never by its name.
#pragma once

#include "base/bytes.h"

namespace dmw::sources {

enum class FileKind {
  dicom,     ///< an instance, or a file that looks like one; it is kept, and may become a dead letter later
  dicomdir,  ///< a DICOMDIR (PS3.10 §8.6): it has no images itself
  zip,
  other,  ///< any other file, such as a readme, a picture or a viewer program
};

/// `head`: the first 64 KiB of the file, or all of it.
FileKind kind_of(ByteView head);

}  // namespace dmw::sources
