// HeaderReading: the result of reading the header of an instance. It accompanies the instance from its source through
// the inbox to the catalog.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/result.h"
#include "model/attributes.h"
#include "model/uid.h"

namespace dmw {

/// Why a header is refused permanently: an Errc that is not transient, and a sentence.
struct Refusal {
  Errc code = Errc::corrupted;
  std::string detail;
  StudyUid study_uid = {};  // set if the header could be read that far
};

/// One of three: unread, readable with its attributes, or refused with the reason. An instance that was cut off is
/// readable and has a flag. A plain value: one thread at a time.
class HeaderReading {
 public:
  /// Unread: the file must still be read, in a child process, because it may crash the reader.
  HeaderReading() = default;
  HeaderReading(Attributes attributes) : state_(std::move(attributes)) {}
  HeaderReading(Refusal refusal) : state_(std::move(refusal)) {}

  bool is_unread() const { return std::holds_alternative<std::monostate>(state_); }
  bool is_readable() const { return std::holds_alternative<Attributes>(state_); }
  bool is_refused() const { return std::holds_alternative<Refusal>(state_); }

  /// Precondition: it is readable.
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
  /// Precondition: it is refused.
  const Refusal& refusal() const {
    ASSERT(is_refused());
    return *std::get_if<Refusal>(&state_);
  }

  /// The Study Instance UID if the header could be read that far, otherwise empty.
  StudyUid study_uid() const {
    if (is_readable()) return attributes().study_uid;
    return is_refused() ? refusal().study_uid : StudyUid();
  }

 private:
  std::variant<std::monostate, Attributes, Refusal> state_;
};

}  // namespace dmw
