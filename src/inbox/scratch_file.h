// ScratchFile: a temporary file next to the spool, such as an archive that must be read from its end.
#pragma once

#include "base/bytes.h"
#include "base/file.h"
#include "base/own_storage.h"
#include "inbox/capacity.h"

namespace dmw::inbox {

/// It has no name, so it disappears with its owner, even if the program is killed. Its bytes count in the inbox while
/// it exists. One thread.
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
  Room room_;  // released after the file is closed
  File file_;
};

}  // namespace dmw::inbox
