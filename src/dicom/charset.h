// Charset: converts text in the Specific Character Set of an item to UTF-8 (PS3.3 C.12.1.1.2, PS3.5 §6.1), with code
// extensions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dmw::dicom {

/// A set of characters that an escape sequence can select, or a complete encoding.
enum class CodeSet : std::uint8_t {
  none,
  ascii,
  latin1,
  latin2,
  latin3,
  latin4,
  cyrillic,
  arabic,
  greek,
  hebrew,
  latin5,
  latin9,
  thai,
  katakana,  // JIS X 0201 (IR 13)
  romaji,    // its other half (IR 14): ASCII with a yen sign and an overline
  jis_x_0208,
  jis_x_0212,  // two bytes each, in G0 (IR 87, IR 159)
  ks_x_1001,
  gb_2312,  // two bytes each, in G1 (IR 149, IR 58)
  utf_8,
  gb18030,
  gbk,  // IR 192 and the Chinese ones, without code extensions
};

/// The characters after which the first character set is selected again (PS3.5 §6.1.2.5.3).
enum class Delimiters : std::uint8_t {
  lines,   ///< LT, ST, UT: CR, LF, FF, TAB
  values,  ///< SH, LO, UC: also a backslash
  names,   ///< PN: also '^' and '='
};

class Charset {
 public:
  /// ASCII: the default repertoire.
  constexpr Charset() = default;
  /// From the value of (0008,0005) in the file. Misspelled terms are accepted; unknown terms are guessed.
  static Charset of(std::string_view specific_character_set);

  /// Appends the text as valid UTF-8 without U+0000. Returns false if bytes did not fit the character set; these are
  /// read as UTF-8 if they are UTF-8, otherwise as windows-1252 or U+FFFD.
  bool append_utf8(std::string_view raw, Delimiters delimiters, std::string& out) const;

 private:
  bool is_ascii(std::string_view raw) const;
  bool append_extended(std::string_view raw, Delimiters delimiters, std::string& out) const;

  CodeSet g0_ = CodeSet::ascii;
  CodeSet g1_ = CodeSet::none;
  CodeSet fallback_g1_ = CodeSet::none;  // a two-byte set among the terms, for text without its escape sequence
  CodeSet whole_ = CodeSet::none;        // an encoding without G0 and G1
};

}  // namespace dmw::dicom
