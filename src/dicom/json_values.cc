#include "dicom/json_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/format.h"
#include "dicom/encoding.h"
#include "dicom/text.h"

namespace dmw::dicom {
namespace {

template <typename T>
void append_number(T value, std::string& out) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) {
      out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
      return;
    }
  }
  std::array<char, 32> text;
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

template <typename T, typename Raw>
void append_numbers(ByteView raw, bool big_endian, std::string& out) {
  for (std::size_t at = 0; at + sizeof(Raw) <= raw.size(); at += sizeof(Raw)) {
    if (at > 0) out.push_back(',');
    append_number(std::bit_cast<T>(load<Raw>(raw.data() + at, big_endian)), out);
  }
}

void append_tags(ByteView raw, bool big_endian, std::string& out) {
  for (std::size_t at = 0; at + 4 <= raw.size(); at += 4) {
    if (at > 0) out.push_back(',');
    out += format("\"{:08X}\"", number(load_tag(raw.data() + at, big_endian)));
  }
}

/// PS3.18 §F.2.2: up to three component groups, each under its name.
void append_person_name(std::string_view name, std::string& out) {
  constexpr std::array<std::string_view, 3> groups = {"Alphabetic", "Ideographic", "Phonetic"};
  out.push_back('{');
  bool first = true;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    // A fourth group does not exist; what stands there stays with the third.
    const std::size_t end = i + 1 < groups.size() ? std::min(name.find('='), name.size()) : name.size();
    const std::string_view group = without_padding(name.substr(0, end), Vr::pn);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (group.empty()) continue;
    if (!first) out.push_back(',');
    first = false;
    append_json_string(groups[i], out);
    out.push_back(':');
    append_json_string(group, out);
  }
  out.push_back('}');
}

void append_one(std::string_view value, Vr vr, std::string& out) {
  value = without_padding(value, vr);
  if (value.empty()) {
    out += "null";
  } else if (vr == Vr::pn) {
    append_person_name(value, out);
  } else if (vr == Vr::is || vr == Vr::ds) {
    const std::string number = json_number(value);
    if (number.empty()) {
      append_json_string(value, out);
    } else {
      out += number;
    }
  } else {
    append_json_string(value, out);
  }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out.push_back('"');
  char before = 0;
  for (const char c : text) {
    const bool is_c1 = before == '\xC2' && static_cast<unsigned char>(c) < 0xA0;
    before = c;
    if (is_c1) {  // as all control characters, or a terminal may obey it
      out.pop_back();
      out += format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') {
      out += format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void append_text_value(ByteView raw, Vr vr, const Charset& charset, std::string& out) {
  std::string text;
  append_text(as_text(raw), vr, charset, text);
  std::string_view rest = text;
  if (without_padding(rest, vr).empty()) return;
  out += "\"Value\":[";
  if (is_single_text(vr)) {
    append_one(rest, vr, out);
  } else {
    for (std::size_t end = rest.find('\\'); end != std::string_view::npos; end = rest.find('\\')) {
      append_one(rest.substr(0, end), vr, out);
      out.push_back(',');
      rest.remove_prefix(end + 1);
    }
    append_one(rest, vr, out);
  }
  out.push_back(']');
}

void append_number_value(ByteView raw, Vr vr, bool big_endian, bool counts_first, std::string& out) {
  if (raw.size() < value_size(vr)) return;
  out += "\"Value\":[";
  if (counts_first && vr == Vr::ss) {
    append_number(load<std::uint16_t>(raw.data(), big_endian), out);
    raw = raw.subspan(2);
    if (raw.size() >= 2) out.push_back(',');
  }
  switch (vr) {
    case Vr::us:
      append_numbers<std::uint16_t, std::uint16_t>(raw, big_endian, out);
      break;
    case Vr::ss:
      append_numbers<std::int16_t, std::uint16_t>(raw, big_endian, out);
      break;
    case Vr::ul:
      append_numbers<std::uint32_t, std::uint32_t>(raw, big_endian, out);
      break;
    case Vr::sl:
      append_numbers<std::int32_t, std::uint32_t>(raw, big_endian, out);
      break;
    case Vr::uv:
      append_numbers<std::uint64_t, std::uint64_t>(raw, big_endian, out);
      break;
    case Vr::sv:
      append_numbers<std::int64_t, std::uint64_t>(raw, big_endian, out);
      break;
    case Vr::fl:
      append_numbers<float, std::uint32_t>(raw, big_endian, out);
      break;
    case Vr::fd:
      append_numbers<double, std::uint64_t>(raw, big_endian, out);
      break;
    default:
      append_tags(raw, big_endian, out);
      break;
  }
  out.push_back(']');
}

void append_binary_value(ByteView raw, Vr vr, bool big_endian, std::string& out) {
  if (raw.empty()) return;
  std::vector<std::byte> swapped;
  const std::size_t unit = value_size(vr);
  if (big_endian && unit > 1) {
    swapped.assign(raw.begin(), raw.end());
    for (std::size_t at = 0; at + unit <= swapped.size(); at += unit) {
      std::reverse(&swapped[at], &swapped[at] + unit);
    }
    raw = swapped;
  }
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out += "\"InlineBinary\":\"";
  for (std::size_t at = 0; at < raw.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, raw.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < count ? std::to_integer<std::uint32_t>(raw[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) out.push_back(i <= count ? digits[bits >> (18U - 6U * i) & 63U] : '=');
  }
  out.push_back('"');
}

}  // namespace dmw::dicom
