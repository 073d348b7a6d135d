#include "inbox/spool_name.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/format.h"

namespace dmw::inbox {
namespace {

constexpr std::size_t dataset_digits = 32;
constexpr std::size_t prefix_digits = 8;
constexpr std::string_view unfinished_ending = ".part";
constexpr std::string_view refused_mark = "refused-";
constexpr std::string_view replay_mark = "replay-";
constexpr std::string_view from_mark = "from-";

std::vector<std::string_view> parts_of_name(std::string_view name) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = name.find('.');
    parts.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    name.remove_prefix(dot + 1);
  }
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether the name is "<boot>-<n>" directly followed by the ending.
bool is_stem_with(std::string_view file_name, std::string_view ending) {
  if (!file_name.ends_with(ending)) return false;
  const std::string_view stem = file_name.substr(0, file_name.size() - ending.size());
  const std::size_t dash = stem.rfind('-');
  if (dash == 0 || dash == std::string_view::npos || !decimal(stem.substr(dash + 1))) return false;
  return stem.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

SpoolName spool_name(std::string stem, const Fingerprint& fingerprint, const HeaderReading& header,
                     const std::optional<Uuid>& replay_of, const Uuid& correlation_id) {
  return {.stem = std::move(stem),
          .size_bytes = fingerprint.size_bytes,
          .dataset_sha256 = fingerprint.dataset_sha256.hex().substr(0, dataset_digits),
          .prefix_sha256 = fingerprint.prefix_sha256.hex().substr(0, prefix_digits),
          .refusal = header.is_refused() ? std::optional(header.refusal().code) : std::nullopt,
          .replay_of = replay_of,
          .correlation_id = correlation_id == Uuid() ? std::nullopt : std::optional(correlation_id)};
}

std::string text_of(const SpoolName& name) {
  std::string text = format("{}.{}.{}.{}", name.stem, name.size_bytes, name.dataset_sha256, name.prefix_sha256);
  if (name.refusal) text += format(".{}{}", refused_mark, static_cast<int>(*name.refusal));
  if (name.replay_of) text += format(".{}{}", replay_mark, name.replay_of->text());
  if (name.correlation_id) text += format(".{}{}", from_mark, name.correlation_id->text());
  return text;
}

std::optional<SpoolName> parse_spool_name(std::string_view file_name) {
  const std::vector<std::string_view> parts = parts_of_name(file_name);
  if (parts.size() < 4 || parts[0].empty() || !is_hex(parts[2], dataset_digits) || !is_hex(parts[3], prefix_digits))
    return std::nullopt;
  const std::optional<std::uint64_t> size = decimal(parts[1]);
  if (!size) return std::nullopt;
  SpoolName name{.stem = std::string(parts[0]),
                 .size_bytes = *size,
                 .dataset_sha256 = std::string(parts[2]),
                 .prefix_sha256 = std::string(parts[3]),
                 .refusal = {},
                 .replay_of = {},
                 .correlation_id = {}};
  std::size_t next = 4;
  if (next < parts.size() && parts[next].starts_with(refused_mark)) {
    const std::optional<std::uint64_t> code = decimal(parts[next].substr(refused_mark.size()));
    if (!code || *code > static_cast<std::uint64_t>(Errc::internal)) return std::nullopt;
    name.refusal = static_cast<Errc>(*code);
    ++next;
  }
  if (next < parts.size() && parts[next].starts_with(replay_mark)) {
    name.replay_of = Uuid::parse(parts[next].substr(replay_mark.size()));
    ++next;
  }
  if (next < parts.size() && parts[next].starts_with(from_mark)) {
    name.correlation_id = Uuid::parse(parts[next].substr(from_mark.size()));
    ++next;
  }
  // The name has, for example, leading zeros or capitals: it comes from another program.
  if (next != parts.size() || text_of(name) != file_name) return std::nullopt;
  return name;
}

bool is_true_of(const SpoolName& name, const Fingerprint& fingerprint) {
  return name.size_bytes == fingerprint.size_bytes &&
         fingerprint.dataset_sha256.hex().starts_with(name.dataset_sha256) &&
         fingerprint.prefix_sha256.hex().starts_with(name.prefix_sha256);
}

std::string unfinished_name(std::string_view stem) {
  return std::string(stem) + std::string(unfinished_ending);
}

bool is_unfinished(std::string_view file_name) {
  return is_stem_with(file_name, unfinished_ending);
}

bool is_second_name(std::string_view file_name) {
  return is_stem_with(file_name, ".put");
}

std::string_view stem_of(std::string_view name) {
  return name.substr(0, name.find('.'));
}

}  // namespace dmw::inbox
