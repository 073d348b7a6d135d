#include "dcmtk_walk.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

namespace dmw::bench {

/// Without its warnings: writing them costs more than the reading.
const bool quiet = [] {
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  return true;
}();

bool dcmtk_reads_until_pixel_data(ByteView file) {
  DcmInputBufferStream stream;
  stream.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
  stream.setEos();
  DcmFileFormat format;
  format.transferInit();
  const OFCondition read = format.readUntilTag(stream, EXS_Unknown, EGL_noChange, 256, DCM_PixelData);
  format.transferEnd();
  return read.good();
}

}  // namespace dmw::bench
