// FileIntake: imports one file of a folder: an instance unchanged, an archive file by file.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/session.h"
#include "sources/door.h"
#include "sources/files/folder_tree.h"
#include "sources/files/tree_walk.h"
#include "sources/files/zip_reader.h"

namespace dmw::sources {

/// The result for a file.
struct Intake {
  enum class Ending {
    kept,        ///< all its instances are safe on disk
    set_aside,   ///< kept as well, but a part cannot be read and becomes a dead letter
    passed,      ///< nothing to import: a DICOMDIR
    refused,     ///< nothing imported: it is not DICOM
    changed,     ///< it has changed since it was found: try again later
    unreadable,  ///< the file system cannot read it: try again later
    no_room,     ///< it is too large for the inbox, now or always; smaller files may be accepted
  };
  Ending ending = Ending::kept;
  std::string reason{};  // a sentence if there is a problem
};

/// Any thread.
class FileIntake {
 public:
  /// `door` outlives it.
  explicit FileIntake(Door& door, std::stop_token stop = {}, const ZipLimits& zip = {})
      : door_(door), stop_(std::move(stop)), zip_(zip) {}

  /// Imports the file, which must not change before or during the read. Errors: those of the door (full, internal) and
  /// cancelled; a part of an archive may have been kept then. Importing it again does no harm.
  Result<Intake> take(const FolderTree& tree, const FoundFile& found, const Session& session);

 private:
  Result<Intake> take_instance(const File& file, const FoundFile& found, const Session& session);
  Result<Intake> take_archive(const File& file, const FoundFile& found, const Session& session);
  /// Whether the file is too large while smaller ones may be accepted.
  bool is_too_large(const Error& why) const;
  /// Waits for space in the middle of an archive, because starting the archive again could fail at the same place each
  /// time.
  Result<inbox::SpoolFile> wait_for_room(std::uint64_t bytes);
  /// Returns the reason if it will become a dead letter; empty if it was kept.
  Result<std::string> keep(inbox::SpoolFile spool, const Session& session, const std::string& name);

  Door& door_;
  const std::stop_token stop_;
  const ZipLimits zip_;
};

}  // namespace dmw::sources
