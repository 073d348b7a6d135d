// ScratchFile: bytes beside the spool that somebody needs on the disk for a while: an archive that is read from its
// end.
#pragma once

#include "base/bytes.h"
#include "base/file.h"
#include "base/own_storage.h"
#include "inbox/capacity.h"

namespace dmw::inbox {

/// Has no name, so that it goes with its owner, also when the program is killed; its bytes count in the inbox for as
/// long. One thread.
class ScratchFile {
 public:
  ScratchFile(File file, Room room) : room_(std::move(room)), file_(std::move(file)) {}

  /// Errors: full (the inbox, the reserve or the disk), unavailable.
  Result<> append(ByteView bytes) {
    TRY(room_.take(bytes.size()));
    return own_storage(file_.write_all(bytes), "the inbox");
  }
  const File& file() const { return file_; }

 private:
  Room room_;  // given back after the file is gone
  File file_;
};

}  // namespace dmw::inbox
