#include "config/text.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace dmw::config {
namespace {

constexpr std::size_t kQuotedMax = 80;

/// Unicode blanks in UTF-8: those of the keyboard, and invisible ones that come with text copied from web pages, word
/// processors and editors.
constexpr std::array<std::string_view, 27> kBlanks{" ",
                                                   "\t",
                                                   "\r",
                                                   "\n",
                                                   "\v",
                                                   "\f",
                                                   "\xc2\x85",
                                                   "\xc2\xa0",
                                                   "\xe2\x80\x80",
                                                   "\xe2\x80\x81",
                                                   "\xe2\x80\x82",
                                                   "\xe2\x80\x83",
                                                   "\xe2\x80\x84",
                                                   "\xe2\x80\x85",
                                                   "\xe2\x80\x86",
                                                   "\xe2\x80\x87",
                                                   "\xe2\x80\x88",
                                                   "\xe2\x80\x89",
                                                   "\xe2\x80\x8a",
                                                   "\xe2\x80\x8b",
                                                   "\xe2\x80\xa8",
                                                   "\xe2\x80\xa9",
                                                   "\xe2\x80\xaf",
                                                   "\xe2\x81\x9f",
                                                   "\xe2\x81\xa0",
                                                   "\xe3\x80\x80",
                                                   "\xef\xbb\xbf"};

char upper_of(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower_of(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Levenshtein's distance, one row at a time.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({above + 1, row[j] + 1, replaced});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), upper_of);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower_of);
  return out;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower_of, lower_of);
}

std::size_t blank_at_start(std::string_view text) {
  const auto* const found = std::ranges::find_if(kBlanks, [&](std::string_view one) { return text.starts_with(one); });
  return found == kBlanks.end() ? 0 : found->size();
}
std::size_t blank_at_end(std::string_view text) {
  const auto* const found = std::ranges::find_if(kBlanks, [&](std::string_view one) { return text.ends_with(one); });
  return found == kBlanks.end() ? 0 : found->size();
}

std::string_view trim(std::string_view text) {
  while (const std::size_t blank = blank_at_start(text)) text.remove_prefix(blank);
  while (const std::size_t blank = blank_at_end(text)) text.remove_suffix(blank);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  if (trim(text).empty()) return pieces;
  while (true) {
    const std::size_t end = text.find(separator);
    pieces.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string_view closest(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(2, name.size() / 4) + 1;
  for (const std::string_view candidate : candidates) {
    if (const std::size_t count = edits(name, candidate); count < fewest) {
      fewest = count;
      best = candidate;
    }
  }
  return best;
}

std::string quotable(std::string_view text) {
  std::string out(text.substr(0, kQuotedMax));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  if (text.size() > kQuotedMax) out += "...";
  return out;
}

}  // namespace dmw::config
