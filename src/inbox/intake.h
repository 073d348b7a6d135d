// Intake: the side of the inbox at which instances come in.
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

/// Any thread. No sentence of an error has a path in it: a sender may read it.
class Intake {
 public:
  virtual ~Intake() = default;

  /// A new spool file to write an instance into. Its bytes count while they come in, so that many large instances at
  /// once cannot run over the limit together; they are given back when the file is dropped.
  /// `bytes`: how many are known to come. Errors: full (from nine tenths of the limit, or of the room above the
  /// reserve, on: refuse at the door; or so many do not fit now), too_large (so many would not fit into an empty inbox
  /// either), unavailable (our disk refuses it, or the inbox is not there).
  virtual Result<SpoolFile> create(std::uint64_t bytes = 0) = 0;
  /// A nameless file beside the spool. `bytes`, and errors: as create().
  virtual Result<ScratchFile> scratch(std::uint64_t bytes = 0) = 0;
  /// Durable when it returns: fsync of the file, and beside it the row in a group commit. Returns its number.
  /// Errors: full, unavailable; then nothing is kept, and the sender must be told so.
  virtual Result<std::int64_t> keep(SpoolFile file, Arrival arrival) = 0;

  /// May anything come in? Errors: full, unavailable (its volume is not mounted).
  virtual Result<> admit() const = 0;
  /// May more be fetched from a source that keeps what it has? It waits much sooner than senders are refused
  /// (`pull_fill_max`).
  virtual bool has_room_to_pull() const = 0;
};

}  // namespace dmw::inbox
