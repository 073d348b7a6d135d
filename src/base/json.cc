#include "base/json.h"

namespace dmw::json {

Result<value> parse(std::string_view text) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 32;
  value parsed = boost::json::parse(text, error, {}, options);
  if (error) return fail(Errc::invalid, "not valid JSON: " + error.message());
  return parsed;
}

std::optional<std::string> get_string(const object& from, std::string_view key) {
  const value* found = from.if_contains(key);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string(found->get_string());
}

std::optional<std::int64_t> get_int(const object& from, std::string_view key) {
  const value* found = from.if_contains(key);
  if (found == nullptr || !found->is_int64()) return std::nullopt;
  return found->get_int64();
}

std::optional<bool> get_bool(const object& from, std::string_view key) {
  const value* found = from.if_contains(key);
  if (found == nullptr || !found->is_bool()) return std::nullopt;
  return found->get_bool();
}

value nullable(std::string_view text) {
  if (text.empty()) return nullptr;
  return value(text);
}

}  // namespace dmw::json
