// The peer: DCMTK's own way to read a header from memory.
#pragma once

#include "base/bytes.h"

namespace dmw::bench {

/// Reads the file's elements up to Pixel Data into DCMTK's tree. False when DCMTK refuses.
bool dcmtk_reads_until_pixel_data(ByteView file);

}  // namespace dmw::bench
