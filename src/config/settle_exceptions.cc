#include "config/settle_exceptions.h"

#include <algorithm>

#include "base/format.h"
#include "config/syntax.h"
#include "config/text.h"

namespace dmw::config {
namespace {

constexpr std::chrono::hours kMost{24};
constexpr std::size_t kSourceMax = 64;
constexpr std::size_t kAeTitleMax = 16;

/// PS3.5 §6.2, AE: at most 16 characters of the default repertoire without control characters and backslash, not only
/// blanks; leading and trailing blanks do not count.
bool is_ae_title(std::string_view text) {
  const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
  return !text.empty() && text.size() <= kAeTitleMax && trim(text) == text && std::ranges::all_of(text, allowed);
}

Result<> read_one(const SectionEntry& entry, Settle& into) {
  const bool of_ae = entry.section == "settle.ae";
  if (of_ae && !is_ae_title(entry.name)) return fail(Errc::invalid, "is not an AE title; allowed: 1 to 16 characters");
  if (!of_ae && (entry.name.empty() || entry.name.size() > kSourceMax))
    return fail(Errc::invalid, format("is not the name of a source; allowed: 1 to {} characters", kSourceMax));
  if (entry.key != "quiet" && entry.key != "max")
    return fail(Errc::invalid, "is not known in this section; allowed: quiet, max");
  const Result<std::chrono::milliseconds> time = parse_duration(trim(entry.text));
  if (!time || *time > kMost) {
    return fail(Errc::invalid, format("{} {}; allowed: 0ms to 1d, such as 500ms, 10s, 2m", quotable(entry.text),
                                      time ? "is too long" : time.error().what));
  }
  SettleException& exception = (of_ae ? into.by_ae : into.by_source)[entry.name];
  (entry.key == "quiet" ? exception.quiet : exception.max) = *time;
  return {};
}

void check_order(std::string_view section, const std::map<std::string, SettleException>& exceptions,
                 const Settle& usual, std::vector<std::string>& problems) {
  for (const auto& [name, exception] : exceptions) {
    if (exception.max.value_or(usual.max) < exception.quiet.value_or(usual.quiet)) {
      problems.push_back(
          format("{}.{}: max is shorter than quiet (a missing value is that of SETTLE_MAX or SETTLE_QUIET)", section,
                 quotable(name)));
    }
  }
}

}  // namespace

std::vector<std::string> read_settle_exceptions(const std::vector<SectionEntry>& entries, Settle& into,
                                                std::vector<Shown>& shown) {
  std::vector<std::string> problems;
  for (const SectionEntry& entry : entries) {
    if (!entry.section.starts_with("settle.") || entry.key.empty()) continue;
    const std::string name = format("{}.{}.{}", entry.section, quotable(entry.name), quotable(entry.key));
    if (const Result<> read = read_one(entry, into); !read)
      problems.push_back(format("{}: {} ({})", name, read.error().what, entry.place));
    else
      shown.push_back({name, entry.text, entry.place});
  }
  if (!problems.empty()) return problems;
  check_order("settle.source", into.by_source, into, problems);
  check_order("settle.ae", into.by_ae, into, problems);
  return problems;
}

}  // namespace dmw::config
