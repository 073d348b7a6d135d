// Private<T>: a patient attribute or a secret. It may go into the catalog, the event and the answer of an API call. It
// cannot be printed, formatted or logged: such code does not compile.
#pragma once

#include <utility>

namespace dmw {

template <typename T>
class Private {
 public:
  Private() = default;
  explicit Private(T value) : value_(std::move(value)) {}

  /// The value itself. Call it only where the value is written into the catalog, an event body or an authorised answer.
  const T& reveal() const& { return value_; }
  T&& reveal() && { return std::move(value_); }

  bool operator==(const Private&) const = default;

 private:
  T value_{};
};

}  // namespace dmw
