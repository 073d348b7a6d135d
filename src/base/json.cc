#include "base/json.h"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace dmw::json {
namespace {

/// A number beyond the range of a double is read as infinite, which JSON cannot say.
bool is_finite(const value& root) {
  std::vector<const value*> left = {&root};
  while (!left.empty()) {
    const value& next = *left.back();
    left.pop_back();
    if (next.is_double() && !std::isfinite(next.get_double())) return false;
    if (next.is_array()) {
      for (const value& item : next.get_array()) left.push_back(&item);
    } else if (next.is_object()) {
      for (const auto& member : next.get_object()) left.push_back(&member.value());
    }
  }
  return true;
}

Result<value> parse_into(std::string_view text, boost::json::storage_ptr memory) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 32;
  value parsed = boost::json::parse(text, error, std::move(memory), options);
  if (error) return fail(Errc::invalid, "not valid JSON: " + error.message());
  if (!is_finite(parsed)) return fail(Errc::invalid, "not valid JSON here: a number is too large");
  return parsed;
}

}  // namespace

Result<value> parse(std::string_view text) {
  return parse_into(text, {});
}

bool is_valid(std::string_view text) {
  std::array<unsigned char, 8192> room;
  monotonic_resource memory(room.data(), room.size());
  return parse_into(text, &memory).has_value();
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
