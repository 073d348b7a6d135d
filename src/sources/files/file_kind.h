// What a file is, as far as a folder door has to know before it takes it: judged by its beginning, never by its name.
#pragma once

#include "base/bytes.h"

namespace dmw::sources {

enum class FileKind {
  dicom,     ///< an instance, or what claims to be one: it is kept, and set aside later if it must be
  dicomdir,  ///< a directory of media (PS3.10 §8.6): nothing of its own is in it
  zip,
  other,  ///< a readme, a picture, a viewer's program: somebody put it beside the images
};

/// `head`: the first 64 KiB of the file, or all of it.
FileKind kind_of(ByteView head);

}  // namespace dmw::sources
