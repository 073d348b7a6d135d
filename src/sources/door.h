// Door: what every push door does with an instance: a spool file, the header at once, and only then an acknowledgement.
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

/// An instance that lies whole in the spool, with its header, which has been read.
struct Received {
  inbox::SpoolFile file;
  HeaderReading header;
  std::chrono::steady_clock::time_point whole_at = std::chrono::steady_clock::now();
};

/// Reads the header of a file that is whole, from its first bytes in memory where they are enough.
/// Errors: only transient ones of reading our own disk; what is wrong with the file is a refusal.
Result<Received> receive(inbox::SpoolFile file, const dicom::ReadOptions& options);

/// Any thread.
class Door {
 public:
  /// `name`: the source as people see it, and the label of its metrics. Everything outlives the door.
  Door(std::string name, inbox::Intake& inbox, const dicom::ReadOptions& read, Metrics& metrics);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  const std::string& name() const { return name_; }

  /// May something come in at all? Errors: full, with the setting that says so; unavailable: the inbox is not there.
  Result<> admit() const;
  /// A spool file to write an instance into, of which so many bytes are known to come. Errors: full, internal, and
  /// too_large: not even an empty inbox has room for it.
  Result<inbox::SpoolFile> open(std::uint64_t bytes = 0);
  Result<Received> receive(inbox::SpoolFile file) const { return sources::receive(std::move(file), read_); }
  /// Durable when it returns: only then may the sender be told so. `finished` is called once when the instance
  /// was recorded or set aside in this life of the process. Errors: full, internal; nothing is kept then.
  /// `name`: how the sender calls it, a path or the like, for the people who look for it.
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
  Histogram& seconds_;  // from lying whole in the spool to being kept
};

/// Why a push door does not keep it, for its sender to mend: no DICOM, without identity, or an instance that is cut.
/// Nothing for an instance that is whole, and for one that a limit of ours stops: that is kept and set aside.
std::optional<Refusal> objection(const Received& received);
/// The same without an objection to an instance that is cut: where there is no sender who could send it again it is
/// kept with its flag.
std::optional<Refusal> objection_but_cut(const Received& received);

}  // namespace dmw::sources
