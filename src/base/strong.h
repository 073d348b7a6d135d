// Strong<Tag, T>: a value that is not interchangeable with another of the same representation.
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace dmw {

template <typename Tag, typename T>
class Strong {
 public:
  Strong() = default;
  explicit Strong(T value) : value_(std::move(value)) {}

  const T& get() const& { return value_; }
  T&& get() && { return std::move(value_); }

  auto operator<=>(const Strong&) const = default;

 private:
  T value_{};
};

}  // namespace dmw

template <typename Tag, typename T>
struct std::hash<dmw::Strong<Tag, T>> {
  std::size_t operator()(const dmw::Strong<Tag, T>& strong) const { return std::hash<T>{}(strong.get()); }
};
