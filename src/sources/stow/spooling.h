// Spooling: an instance that is being written into the spool, with an eye on the inbox: one that is larger than what is
// left must not fill it unseen.
#pragma once

#include <cstdint>

#include "http/problem.h"
#include "sources/door.h"

namespace dmw::sources {

/// Asks the door again after so many bytes.
class AdmissionWatch {
 public:
  explicit AdmissionWatch(const Door& door) : door_(&door) {}
  /// Errors: full.
  Result<> took(std::size_t bytes);

 private:
  const Door* door_;
  std::uint64_t unwatched_ = 0;
};

/// One thread.
class Spooling {
 public:
  /// Errors: full, internal.
  static Result<Spooling> open(Door& door);

  /// Errors: full, internal; the file can then only be dropped.
  Result<> append(ByteView bytes);
  inbox::SpoolFile finish() && { return std::move(file_); }

 private:
  Spooling(Door& door, inbox::SpoolFile file) : watch_(door), file_(std::move(file)) {}

  AdmissionWatch watch_;
  inbox::SpoolFile file_;
};

/// What to tell a sender when the door takes nothing for now: 503 with Retry-After.
http::Problem not_admitted(const Error& why);
/// What to tell it when the door admits instances, and one could not be written all the same: 507, 500.
http::Problem not_taken(const Error& why);

}  // namespace dmw::sources
