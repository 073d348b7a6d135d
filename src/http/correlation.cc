#include "http/correlation.h"

#include <algorithm>

#include "http/headers.h"

namespace dmw::http {

namespace {

constexpr std::size_t kClientValueMax = 128;
constexpr std::size_t kTraceparentSize = 55;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == text.npos;
}

}  // namespace

Correlation correlate(std::optional<std::string_view> header) {
  if (!header || header->empty()) return {Uuid::random(), {}};
  if (auto id = Uuid::parse(*header)) return {std::move(*id), {}};
  std::string kept(header->substr(0, kClientValueMax));
  std::ranges::replace_if(kept, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return {Uuid::random(), std::move(kept)};
}

std::optional<std::string> traceparent(std::optional<std::string_view> header) {
  if (!header) return std::nullopt;
  const std::string_view text = trimmed(*header);
  if (text.size() < kTraceparentSize) return std::nullopt;
  const auto version = text.substr(0, 2);
  const auto trace = text.substr(3, 32);
  const auto parent = text.substr(36, 16);
  const auto flags = text.substr(53, 2);
  const bool dashed = text[2] == '-' && text[35] == '-' && text[52] == '-';
  if (!dashed || !is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return std::nullopt;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return std::nullopt;
  if (text.size() > kTraceparentSize && (version == "00" || text[kTraceparentSize] != '-')) return std::nullopt;
  return std::string(text.substr(0, kTraceparentSize));
}

}  // namespace dmw::http
