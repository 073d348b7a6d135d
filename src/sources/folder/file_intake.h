// FileIntake: takes one file of a folder through the door: an instance as it is, an archive file by file.
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

/// What became of a file.
struct Intake {
  enum class Ending {
    kept,        ///< all that is in it is durable
    set_aside,   ///< kept as well, but some of it cannot be read: the ingestor makes a dead letter of that
    passed,      ///< nothing of it was taken, and nothing is wrong: a DICOMDIR
    refused,     ///< nothing of it was taken: it is no DICOM
    changed,     ///< it is not as it was when it was found: look again later
    unreadable,  ///< the file system refuses it: try again later
    no_room,     ///< it is larger than what the inbox has room for, now or ever, while smaller ones may come in
  };
  Ending ending = Ending::kept;
  std::string reason{};  // a sentence, where something is wrong
};

/// Any thread.
class FileIntake {
 public:
  /// `door` outlives it.
  explicit FileIntake(Door& door, std::stop_token stop = {}, const ZipLimits& zip = {})
      : door_(door), stop_(std::move(stop)), zip_(zip) {}

  /// The file must be as it was found, before and after it is read. Errors: those of the door (full, internal) and
  /// cancelled; some of an archive may have been kept then, and the same again is harmless.
  Result<Intake> take(const FolderTree& tree, const FoundFile& found, const Session& session);

 private:
  Result<Intake> take_instance(const File& file, const FoundFile& found, const Session& session);
  Result<Intake> take_archive(const File& file, const FoundFile& found, const Session& session);
  /// Smaller files may come in.
  bool is_too_large(const Error& why) const;
  /// In the middle of an archive: from its start on once more, it might come to the same end again and again.
  Result<inbox::SpoolFile> wait_for_room(std::uint64_t bytes);
  /// The sentence when it was set aside; empty when it was kept.
  Result<std::string> keep(inbox::SpoolFile spool, const Session& session, const std::string& name);

  Door& door_;
  const std::stop_token stop_;
  const ZipLimits zip_;
};

}  // namespace dmw::sources
