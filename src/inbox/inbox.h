// The inbox: what was acknowledged and is not recorded yet survives everything but the loss of its disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mount_table.h"
#include "base/result.h"
#include "inbox/fill.h"
#include "inbox/scratch_file.h"
#include "inbox/spool_file.h"
#include "model/spooled_instance.h"
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

/// What a door knows of an instance beside its bytes.
struct Arrival {
  Session session;
  HeaderReading header;
  std::string origin_resource;
  std::string origin_tag;
  std::optional<Uuid> replay_of;
  /// Called once, from another thread, when the instance was recorded or set aside in this life of the process.
  std::function<void()> finished;
};

struct Depth {
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  std::optional<MicrosUtc> oldest_kept_at;
};

/// Instances of the spool that had no row at the start: how many of them have been read again.
struct Recovering {
  std::uint64_t done = 0;
  std::uint64_t all = 0;
};

/// Any thread.
class Inbox {
 public:
  /// Takes the directory's lock and holds the spool against the rows (ADR 0012): what was never acknowledged is swept,
  /// what may have been and has no row is read again, beside everything else, and claimed like the others, what is
  /// neither goes to the quarantine. Errors: conflict (another process has it; its spool is not there), internal (among
  /// others a damaged database), unsupported, full.
  static Result<std::unique_ptr<Inbox>> open(const Options& options, const Clock& clock);
  virtual ~Inbox() = default;

  /// A new spool file to write an instance into. Its bytes count while they come in, so that many large instances at
  /// once cannot run over the limit together; they are given back when the file is dropped.
  /// `bytes`: how many are known to come. Errors: full (from nine tenths of the limit, or of the room above the
  /// reserve, on: refuse at the door; or so many do not fit now), too_large (so many would not fit into an empty inbox
  /// either), unavailable (our disk refuses it, or the inbox is not there). No sentence has a path in it.
  virtual Result<SpoolFile> create(std::uint64_t bytes = 0) = 0;
  /// A nameless file beside the spool. `bytes`, and errors: as create().
  virtual Result<ScratchFile> scratch(std::uint64_t bytes = 0) = 0;
  /// Durable when it returns: fsync of the file, and beside it the row in a group commit. Returns its number.
  /// Errors: full, unavailable; then nothing is kept, and the sender must be told so. No sentence has a path in it.
  virtual Result<std::int64_t> keep(SpoolFile file, Arrival arrival) = 0;

  /// The oldest instances that nobody has claimed and whose time has come; claimed until finish, postpone or release,
  /// or the end of the process. Empty when there are none.
  virtual Result<std::vector<SpooledInstance>> claim(std::size_t items_max, std::uint64_t bytes_max) = 0;
  /// They are recorded or set aside: their rows go, and their spool files where a store has not taken them.
  virtual Result<> finish(std::span<const SpooledInstance> items) = 0;
  /// Another try after `delay`, counted.
  virtual Result<> postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) = 0;
  /// Back to the queue as if never claimed: an outage counts against nobody.
  virtual void release(std::span<const SpooledInstance> items) = 0;

  /// With those that are still to be read again.
  virtual Depth depth() const = 0;
  /// Nothing when all of them have been read again, or there were none.
  virtual std::optional<Recovering> recovering() const = 0;
  /// May anything come in? In words for our own people, with the path. Errors: full, unavailable (its volume is not
  /// mounted).
  virtual Result<> intake() const = 0;
  /// The same for a sender, without a path.
  virtual Result<> admit() const = 0;
  /// Whether its volume is still mounted: where it is not, its files only seem to be gone. Errors: unavailable.
  virtual Result<> present() const = 0;
  /// As intake(), and tries: writes and syncs a small file, and a row. Errors: as intake().
  virtual Result<> probe() = 0;
  /// Of the limit or of the room above the reserve, whichever is nearer to its end: 0 empty; from refuse_fill on
  /// nothing new is let in.
  virtual double fill() const = 0;
  /// Called after each keep, by its thread: there is something to claim. Must not block. Set once, before the first
  /// keep.
  virtual void on_kept(std::function<void()> nudge) = 0;
  /// Random, made with the directory: who holds leases in the name of this volume.
  virtual const std::string& replica_id() const = 0;
  virtual const std::filesystem::path& directory() const = 0;
};

}  // namespace dmw::inbox
