#include "config/callers.h"

#include <algorithm>

#include "base/format.h"
#include "config/syntax.h"
#include "config/text.h"

namespace dmw::config {
namespace {

constexpr std::size_t rules_max = 1'000;
constexpr std::size_t host_name_max = 253;

std::unexpected<Error> wrong(std::string_view part, std::string_view why) {
  return fail(Errc::invalid, format("contains \"{}\", {}", quotable(part), why));
}

/// Letters, digits, `-`, `.` and `_`, with at least one letter, because `10.1.2` is an incomplete address.
bool is_host_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto fits = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; };
  return !text.empty() && text.size() <= host_name_max && std::ranges::all_of(text, fits) &&
         std::ranges::any_of(text, is_letter);
}

Result<CallerRule> parse_rule(std::string_view part) {
  CallerRule rule;
  if (part == "*") return rule;
  const std::size_t at = part.rfind('@');
  const std::string_view ae_title = trim(part.substr(0, at));
  if (at == std::string_view::npos && IpNetwork::parse(ae_title))
    return wrong(part, format("which is an address: write @{} for any AE title from that address", ae_title));
  if (!ae_title.empty() && !check_ae_title(ae_title)) return wrong(part, "whose AE title is not valid");
  if (ae_title.empty() && at == std::string_view::npos) return wrong(part, "where a caller is missing");
  rule.ae_title = ae_title;
  if (at == std::string_view::npos) return rule;
  const std::string_view from = trim(part.substr(at + 1));
  rule.network = IpNetwork::parse(from);
  if (rule.network) return rule;
  if (from.contains('/'))
    return wrong(part, "whose network is not valid: in 10.1.0.0/16 all bits after the first 16 are zero");
  if (!is_host_name(from)) return wrong(part, "which has no host, address or network after the @");
  rule.host = lower(from);
  return rule;
}

}  // namespace

Result<Callers> parse_callers(std::string_view text) {
  Callers callers;
  for (const std::string_view part : split(text, ',')) callers.rules.push_back(TRY(parse_rule(part)));
  if (callers.rules.size() > rules_max) return fail(Errc::invalid, format("has more than {} callers", rules_max));
  return callers;
}

}  // namespace dmw::config
