// The inbox: what was acknowledged and is not recorded yet survives everything but the loss of its disk. Whoever uses
// it sees one side of it: the ways in its intake, the ingestor its queue, and those who watch it its gauges.
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
  /// The AE title of its sender, where the beginning of a file (64 KiB, or all) tells it: for an instance of which
  /// nothing else is known any more. May be empty.
  std::function<std::string(ByteView head)> calling_ae_of = {};
  /// No new inbox is made below a mount point of it on which nothing is mounted.
  MountTable mounts = {};
};

/// Any thread.
class Inbox : public Intake, public Queue, public Gauges {
 public:
  /// Takes the directory's lock and holds the spool against the rows (ADR 0012): what was never acknowledged is swept,
  /// what may have been and has no row is read again, beside everything else, and claimed like the others, what is
  /// neither goes to the quarantine. Errors: conflict (another process has it; its spool is not there), internal (among
  /// others a damaged database), unsupported, full.
  static Result<std::unique_ptr<Inbox>> open(const Options& options, const Clock& clock);

  bool has_room_to_pull() const override { return fill() < pull_fill_max; }
};

}  // namespace dmw::inbox
