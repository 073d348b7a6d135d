#include "dicom/text.h"

#include <algorithm>
#include <charconv>

namespace dmw::dicom {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, is_digit);
}
/// Whether a double can hold it; several JSON readers refuse larger numbers.
bool is_double(const std::string& number) {
  constexpr std::size_t digits_max = 64;  // IS and DS have 12 and 16
  double value = 0;
  return number.size() <= digits_max &&
         std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
}
int two_digits(std::string_view text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

}  // namespace

std::string_view without_padding(std::string_view text, Vr vr) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  if (is_single_text(vr) || vr == Vr::uc) return text;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::string_view until_nul(std::string_view raw) {
  std::size_t nul = raw.find('\0', std::min(raw.find_first_not_of('\0'), raw.size()));
  while (nul != std::string_view::npos) {
    const std::size_t next = raw.find_first_not_of(std::string_view("\0 ", 2), nul);
    if (next == std::string_view::npos) return raw;
    if (raw[next] != '\\') return raw.substr(0, nul);
    nul = raw.find('\0', next);
  }
  return raw;
}

bool append_text(std::string_view raw, Vr vr, const Charset& charset, std::string& out) {
  raw = until_nul(raw);
  while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) raw.remove_suffix(1);
  constexpr Charset ascii;
  const Delimiters delimiters = vr == Vr::pn         ? Delimiters::names
                                : is_single_text(vr) ? Delimiters::lines
                                                     : Delimiters::values;
  return (uses_charset(vr) ? charset : ascii).append_utf8(raw, delimiters, out);
}

bool is_date(std::string_view text) {
  if (text.size() != 8 || !all_digits(text)) return false;
  const int month = two_digits(text, 4);
  const int day = two_digits(text, 6);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool is_time(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  if (whole.size() < 2 || whole.size() > 6 || whole.size() % 2 != 0 || !all_digits(whole)) return false;
  if (two_digits(whole, 0) > 23 || (whole.size() > 2 && two_digits(whole, 2) > 59)) return false;
  if (whole.size() > 4 && two_digits(whole, 4) > 60) return false;
  if (whole.size() == text.size()) return true;
  const std::string_view fraction = text.substr(whole.size() + 1);
  return whole.size() == 6 && !fraction.empty() && fraction.size() <= 6 && all_digits(fraction);
}

std::string json_number(std::string_view text) {
  std::string out;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    if (text.front() == '-') out.push_back('-');
    text.remove_prefix(1);
  }
  const std::string_view whole = text.substr(0, count_digits(text));
  text.remove_prefix(whole.size());
  const std::size_t zeros = std::min(whole.find_first_not_of('0'), whole.size());
  const std::string_view significant = whole.substr(zeros);
  out += significant.empty() ? "0" : significant;
  std::size_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = count_digits(text);
    if (fraction > 0) out.append(".").append(text.substr(0, fraction));
    text.remove_prefix(fraction);
  }
  if (whole.empty() && fraction == 0) return {};
  if (text.starts_with('e') || text.starts_with('E')) {
    std::string_view exponent = text.substr(1);
    if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
    if (exponent.empty() || exponent.size() > 4 || !all_digits(exponent)) return {};
    out += text;
    text = {};
  }
  return text.empty() && is_double(out) ? out : std::string();
}

}  // namespace dmw::dicom
