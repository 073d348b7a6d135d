// HeaderReading: what the header of an instance said when it was read. It goes with the instance from its source
// through the inbox to the catalog.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/result.h"
#include "model/attributes.h"
#include "model/uid.h"

namespace dmw {

/// Why a header is refused for good: an Errc that is not transient, and the sentence.
struct Refusal {
  Errc code = Errc::corrupted;
  std::string detail;
  StudyUid study_uid = {};  // where the header could be read so far
};

/// One of three: unread, readable with its attributes, or refused with the reason. An instance that is cut is readable
/// and says so in its flags. A plain value: one thread at a time.
class HeaderReading {
 public:
  /// Unread: somebody has still to look at the file, with the care that a suspect one needs.
  HeaderReading() = default;
  HeaderReading(Attributes attributes) : state_(std::move(attributes)) {}
  HeaderReading(Refusal refusal) : state_(std::move(refusal)) {}

  bool is_unread() const { return std::holds_alternative<std::monostate>(state_); }
  bool is_readable() const { return std::holds_alternative<Attributes>(state_); }
  bool is_refused() const { return std::holds_alternative<Refusal>(state_); }

  /// It must be readable.
  const Attributes& attributes() const {
    ASSERT(is_readable());
    return *std::get_if<Attributes>(&state_);
  }
  Attributes& attributes() {
    ASSERT(is_readable());
    return *std::get_if<Attributes>(&state_);
  }
  const Attributes* operator->() const { return &attributes(); }
  Attributes* operator->() { return &attributes(); }
  /// It must be refused.
  const Refusal& refusal() const {
    ASSERT(is_refused());
    return *std::get_if<Refusal>(&state_);
  }

  /// Of the study, as far as the header told it; empty otherwise.
  StudyUid study_uid() const {
    if (is_readable()) return attributes().study_uid;
    return is_refused() ? refusal().study_uid : StudyUid();
  }

 private:
  std::variant<std::monostate, Attributes, Refusal> state_;
};

}  // namespace dmw
