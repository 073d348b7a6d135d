// UUIDs (RFC 9562): random (version 4) for correlation, name-based (version 5) for events and dead letters, so that the
// same thing gets the same id on every try.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dmw {

/// A UUID in its canonical form: 36 characters, lower case.
class Uuid {
 public:
  Uuid() : text_("00000000-0000-0000-0000-000000000000") {}
  static Uuid random();
  /// Version 5 (SHA-1) of `name` in the name space `space`.
  static Uuid of_name(const Uuid& space, std::string_view name);
  /// Accepts upper case; nothing for any other text.
  static std::optional<Uuid> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const Uuid&) const = default;

 private:
  explicit Uuid(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace dmw
