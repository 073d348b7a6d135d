// The inbox: files that are acknowledged and not yet in the catalog. They survive everything except the loss of its
// disk. It has three interfaces: Intake for the intakes, Queue for the ingestor, Gauges for monitoring.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/mount_table.h"
#include "base/result.h"
#include "inbox/fill.h"
#include "inbox/gauges.h"
#include "inbox/intake.h"
#include "inbox/queue.h"
#include "store/object_store.h"

namespace dmw::inbox {

struct Options {
  std::filesystem::path directory;
  std::uint64_t limit_bytes = 0;    // of spooled files; 0: no limit
  std::uint64_t reserve_bytes = 0;  // free on the file system, never touched
  store::DatasetLocator locate;
  /// Reads the AE title of the sender from the beginning of a file (at most 64 KiB). Used for an instance whose row is
  /// lost. May be empty.
  std::function<std::string(ByteView head)> calling_ae_of = {};
  /// No new inbox is created below a mount point of this table on which nothing is mounted.
  MountTable mounts = {};
};

/// Any thread.
class Inbox : public Intake, public Queue, public Gauges {
 public:
  /// Takes the lock of the directory and compares the spool with the rows (ADR 0012). Files that were never
  /// acknowledged are deleted. Files that may have been acknowledged and have no row are read again in the background
  /// and then claimed like the others. Other files go to the quarantine. Errors: conflict (another process has the
  /// lock; the spool is missing), internal (also a damaged database), unsupported, full.
  static Result<std::unique_ptr<Inbox>> open(const Options& options, const Clock& clock);

  bool has_room_to_pull() const override { return fill() < pull_fill_max; }
};

}  // namespace dmw::inbox
