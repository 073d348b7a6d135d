// Door: the common part of all intakes that receive instances: write a spool file, read the header, and only then
// acknowledge.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "dicom/read_attributes.h"
#include "inbox/intake.h"
#include "model/session.h"
#include "model/spooled_instance.h"

namespace dmw::sources {

/// A complete instance in the spool, with its header.
struct Received {
  inbox::SpoolFile file;
  HeaderReading header;
  std::chrono::steady_clock::time_point whole_at = std::chrono::steady_clock::now();
};

/// Reads the header of a complete file, from its first bytes in memory if they are enough. Errors: only transient ones
/// of our own disk; a problem of the file itself is a refusal.
Result<Received> receive(inbox::SpoolFile file, const dicom::ReadOptions& options);

/// Any thread.
class Door {
 public:
  /// `name`: the name of the source for people, and the label of its metrics. All arguments outlive the door.
  Door(std::string name, inbox::Intake& inbox, const dicom::ReadOptions& read, Metrics& metrics);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  const std::string& name() const { return name_; }

  /// Whether instances can be accepted. Errors: full (names the setting), unavailable (the inbox is not mounted).
  Result<> admit() const;
  /// Creates a spool file for an instance of at least `bytes`. Errors: full, internal, too_large (larger than the
  /// inbox).
  Result<inbox::SpoolFile> open(std::uint64_t bytes = 0);
  Result<Received> receive(inbox::SpoolFile file) const { return sources::receive(std::move(file), read_); }
  /// Keeps the instance. On success it is safe on disk, and the sender may be acknowledged. `finished` is called once
  /// when the instance is in the catalog or has become a dead letter; never if the process ends before. Errors: full,
  /// internal; nothing is kept then. `name`: the sender's name for it, such as a path, for people who look for it.
  Result<> keep(Received received, const Session& session, std::function<void()> finished = {},
                const std::string& name = {});
  /// Counts an instance that was refused; `reason` is a word.
  void refused(const std::string& reason);

 private:
  const std::string name_;
  inbox::Intake& inbox_;
  const dicom::ReadOptions& read_;
  Counter& instances_;
  Counter& bytes_;
  Family<Counter>& refused_;
  Histogram& seconds_;  // time from the complete spool file until it is kept
};

/// Why the instance is refused, so that its sender can correct it: not DICOM, no UIDs, or cut off. Nullopt for a
/// complete instance, and for one over a limit of ours: that one is kept and becomes a dead letter.
std::optional<Refusal> objection(const Received& received);
/// The same, but accepts an instance that is cut off: if there is no sender who could send it again it is kept with its
/// flag.
std::optional<Refusal> objection_but_cut(const Received& received);

}  // namespace dmw::sources
