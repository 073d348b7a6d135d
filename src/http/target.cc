#include "http/target.h"

#include <algorithm>
#include <cstdint>

#include "base/format.h"
#include "http/problem.h"

namespace dmw::http {

namespace {

constexpr std::size_t kPairsMax = 256;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The name of a parameter in a form that is safe to repeat in an answer: short and without control characters.
std::string shown_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  const bool plain = name.size() <= longest && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
  return plain ? std::string(name) : "?";
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    std::size_t more = 0;
    std::uint32_t point = first;
    std::uint32_t smallest = 0;
    if (first >= 0x80) {
      if (first >= 0xc2 && first <= 0xdf) {
        more = 1, smallest = 0x80, point = first & 0x1f;
      } else if (first >= 0xe0 && first <= 0xef) {
        more = 2, smallest = 0x800, point = first & 0x0f;
      } else if (first >= 0xf0 && first <= 0xf4) {
        more = 3, smallest = 0x10000, point = first & 0x07;
      } else {
        return false;
      }
    }
    if (text.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3f);
    }
    if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += more + 1;
  }
  return true;
}

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Errc::invalid, "a percent sign is not followed by two hexadecimal digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return fail(Errc::invalid, "it has a control character");
    out += c;
  }
  if (!is_utf8(out)) return fail(Errc::invalid, "it is not UTF-8");
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<Query> Query::parse(std::string_view raw) {
  Query query;
  while (!raw.empty()) {
    const auto end = raw.find('&');
    const auto pair = raw.substr(0, end);
    raw = end == raw.npos ? std::string_view{} : raw.substr(end + 1);
    if (pair.empty()) continue;
    if (query.pairs_.size() == kPairsMax) return fail(Errc::invalid, format("it has over {} parameters", kPairsMax));
    const auto equals = pair.find('=');
    auto name = TRY(percent_decode(pair.substr(0, equals), Plus::is_space));
    auto value = equals == pair.npos ? std::string() : TRY(percent_decode(pair.substr(equals + 1), Plus::is_space));
    if (name.empty()) return fail(Errc::invalid, "a parameter has no name");
    query.pairs_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : pairs_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::optional<Problem> Query::objection(std::initializer_list<std::string_view> known) const {
  Problem problem = Problem::of(400, "the query has parameters that this resource does not know");
  for (auto pair = pairs_.begin(); pair != pairs_.end(); ++pair) {
    const auto& name = pair->first;
    if (std::ranges::find(known, name) == known.end()) {
      problem.error(shown_name(name), "is not a parameter of this resource");
    } else if (std::any_of(pairs_.begin(), pair, [&](const auto& earlier) { return earlier.first == name; })) {
      problem.error(shown_name(name), "is given more than once");
    }
  }
  if (problem.errors.empty()) return std::nullopt;
  return problem;
}

}  // namespace dmw::http
