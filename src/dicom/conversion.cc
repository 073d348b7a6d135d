#include "dicom/conversion.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include <unicode/ucnv.h>

#include "base/result.h"

namespace dmw::dicom {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

constexpr std::size_t code_sets = static_cast<std::size_t>(CodeSet::gbk) + 1;

/// ICU's names. The East Asian sets are reached through their EUC form.
constexpr std::array<const char*, code_sets> icu_names = {
    "windows-1252", "US-ASCII",   "ISO-8859-1", "ISO-8859-2",  "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6",
    "ISO-8859-7",   "ISO-8859-8", "ISO-8859-9", "ISO-8859-15", "TIS-620",    "Shift_JIS",  "US-ASCII",   "EUC-JP",
    "EUC-JP",       "EUC-KR",     "EUC-CN",     "UTF-8",       "gb18030",    "GBK"};

/// A converter is not for two threads at once, and dear to open: one of each a thread.
UConverter* converter_of(CodeSet set) {
  static thread_local std::array<Converter, code_sets> open;
  Converter& converter = open[static_cast<std::size_t>(set)];
  if (!converter) {
    UErrorCode error = U_ZERO_ERROR;
    converter.reset(ucnv_open(icu_names[static_cast<std::size_t>(set)], &error));
    ASSERT(U_SUCCESS(error));
  }
  return converter.get();
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  while (at < text.size()) {
    const unsigned first = byte(at);
    const unsigned second = byte(at + 1);
    if (first == 0) return at;
    if (first < 0x80) {
      ++at;
    } else if (first >= 0xC2 && first <= 0xDF && tail(at + 1)) {
      at += 2;
    } else if (first >= 0xE0 && first <= 0xEF && tail(at + 1) && tail(at + 2) && (first != 0xE0 || second >= 0xA0) &&
               (first != 0xED || second < 0xA0)) {
      at += 3;
    } else if (first >= 0xF0 && first <= 0xF4 && tail(at + 1) && tail(at + 2) && tail(at + 3) &&
               (first != 0xF0 || second >= 0x90) && (first != 0xF4 || second < 0x90)) {
      at += 4;
    } else {
      return at;
    }
  }
  return at;
}

bool is_plain_ascii(std::string_view text) {
  // Eight bytes at once: no high bit, no byte 0, no ESC (the classic test for a zero byte in a word).
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t highs = ones * 0x80U;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t not_esc = word ^ (ones * 0x1BU);
    if (((word | (word - ones) | ((not_esc - ones) & ~not_esc)) & highs) != 0) return false;
  }
  return std::ranges::none_of(text.substr(at), [](char c) { return c <= 0 || c == '\x1B'; });
}

bool append_converted(CodeSet from, std::string_view bytes, std::string& out) {
  const std::size_t before = out.size();
  UConverter* const converter = converter_of(from);
  ucnv_reset(converter);
  // No code set here makes more than 4 bytes of UTF-8 of one byte.
  out.resize(before + bytes.size() * 4 + 16);
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t count =
      ucnv_toAlgorithmic(UCNV_UTF8, converter, out.data() + before, static_cast<std::int32_t>(out.size() - before),
                         bytes.data(), static_cast<std::int32_t>(bytes.size()), &error);
  out.resize(before + (U_SUCCESS(error) ? static_cast<std::size_t>(count) : 0));
  std::erase(out, '\0');
  return U_SUCCESS(error) && out.find("\xEF\xBF\xBD", before) == std::string::npos &&
         out.find('\x1A', before) == std::string::npos;
}

void append_guessed(std::string_view bytes, std::string& out) {
  if (valid_utf8_prefix(bytes) == bytes.size()) {
    out += bytes;
  } else {
    append_converted(CodeSet::none, bytes, out);
  }
}

}  // namespace dmw::dicom
