// Header fields of a message (RFC 9110 §5), in their original order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmw::http {

/// Compares ASCII text, such as names of header fields.
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// True for the characters of a token (RFC 9110 §5.6.2), at least one.
bool is_token(std::string_view text);
/// `text` without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// The members of a list (RFC 9110 §5.6.1), trimmed, without empty ones. A comma within quotes does not separate.
std::vector<std::string_view> list_members(std::string_view list);

class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of this name.
  void set(std::string_view name, std::string value);
  /// The first field of this name. The view is valid until this object changes.
  std::optional<std::string_view> get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// The values of all fields of this name as one list (RFC 9110 §5.3); nullopt if there is none.
  std::optional<std::string> combined(std::string_view name) const;

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace dmw::http
