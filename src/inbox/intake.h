// Intake: the interface of the inbox for the intakes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "inbox/scratch_file.h"
#include "inbox/spool_file.h"
#include "model/header_reading.h"
#include "model/spooled_instance.h"

namespace dmw::inbox {

/// Facts about a received instance in addition to its bytes.
struct Arrival {
  Session session;
  HeaderReading header;
  std::string origin_resource;
  std::string origin_tag;
  std::optional<Uuid> replay_of;
  /// Called once, from another thread, when the instance is in the catalog or has become a dead letter; never if the
  /// process ends before.
  std::function<void()> finished;
};

/// Any thread. Sentences of errors have no path, so they may be sent to the sender.
class Intake {
 public:
  virtual ~Intake() = default;

  /// Creates a spool file for a new instance. Its bytes count while they are received, so that many large instances at
  /// the same time cannot exceed the limit; they no longer count when the file is dropped. `bytes`: the number of bytes
  /// that will certainly follow. Errors: full (the inbox is at 90 % or more of its limit or of the free space above the
  /// reserve, or `bytes` do not fit now), too_large (larger than the inbox), unavailable (the disk refuses it, or the
  /// inbox is not mounted).
  virtual Result<SpoolFile> create(std::uint64_t bytes = 0) = 0;
  /// Creates an unnamed temporary file on the same disk. `bytes` and errors as with create().
  virtual Result<ScratchFile> scratch(std::uint64_t bytes = 0) = 0;
  /// Keeps the instance: syncs the file and commits its row in a group commit. On success both are on disk; returns the
  /// number of the item. Errors: full, unavailable; nothing is kept then, and the caller must refuse the sender.
  virtual Result<std::int64_t> keep(SpoolFile file, Arrival arrival) = 0;

  /// Whether instances can be accepted. Errors: full, unavailable (its volume is not mounted).
  virtual Result<> admit() const = 0;
  /// Whether more may be fetched from a source that keeps its data. Fetching stops much earlier than senders are
  /// refused (`pull_fill_max`).
  virtual bool has_room_to_pull() const = 0;
};

}  // namespace dmw::inbox
