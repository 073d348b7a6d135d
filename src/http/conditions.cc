#include "http/conditions.h"

#include <algorithm>

#include "http/media_type.h"

namespace dmw::http {

namespace {

/// §8.8.3.2: a weak comparison ignores the W/ of a tag; in a strong one a weak tag never matches.
enum class Comparison { strong, weak };

bool names(std::string_view list, std::string_view entity_tag, Comparison comparison) {
  return std::ranges::any_of(list_members(list), [&](std::string_view member) {
    if (member == "*") return true;
    if (comparison == Comparison::weak && member.starts_with("W/")) member.remove_prefix(2);
    return member == entity_tag;
  });
}

}  // namespace

Condition condition_of(const Request& request, std::string_view entity_tag) {
  const auto match = request.headers.combined("If-Match");
  if (match && !names(*match, entity_tag, Comparison::strong)) return Condition::failed;
  const auto none_match = request.headers.combined("If-None-Match");
  if (!none_match || !names(*none_match, entity_tag, Comparison::weak)) return Condition::holds;
  return request.method == "GET" || request.method == "HEAD" ? Condition::not_modified : Condition::failed;
}

std::optional<std::string_view> range_of(const Request& request, std::string_view entity_tag) {
  if (request.method != "GET") return std::nullopt;
  const auto condition = request.header("If-Range");
  if (condition && trimmed(*condition) != entity_tag) return std::nullopt;
  return request.header("Range");
}

bool accepts_coding(const Headers& headers, std::string_view coding) {
  const auto field = headers.combined("Accept-Encoding");
  if (!field) return true;
  std::optional<bool> named;
  std::optional<bool> any;
  for (const std::string_view member : list_members(*field)) {
    const std::string_view name = trimmed(member.substr(0, member.find(';')));
    const bool wanted = quality_of(member) > 0;
    if (equal_ignoring_case(name, coding)) named = wanted;
    if (name == "*") any = wanted;
  }
  return named.value_or(any.value_or(false));
}

}  // namespace dmw::http
