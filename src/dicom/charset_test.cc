// Examples of PS3.5 Annexes H, I, J and K, and what real files get wrong.
#include "dicom/charset.h"

#include <gtest/gtest.h>

namespace dmw::dicom {
namespace {

struct Read {
  std::string text;
  bool fits;
  bool operator==(const Read&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Read& read) {
  return out << read.text << (read.fits ? "" : " (guessed)");
}

Read name_in(std::string_view charset, std::string_view raw) {
  Read read;
  read.fits = Charset::of(charset).append_utf8(raw, Delimiters::names, read.text);
  return read;
}

TEST(Charset, ReadsOneByteSets) {
  EXPECT_EQ(name_in("ISO_IR 100", "Buc^J\xE9r\xF4me"), (Read{"Buc^Jérôme", true}));
  EXPECT_EQ(name_in("ISO_IR 101",
                    "W\xB1\xBF"
                    "ek"),
            (Read{"Wążek", true}));
  EXPECT_EQ(name_in("ISO_IR 144", "\xBB\xEE\xDA^\xB8\xD2\xD0\xDD"), (Read{"Люк^Иван", true}));
  EXPECT_EQ(name_in("ISO_IR 126", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2"), (Read{"Διονυσιος", true}));
  EXPECT_EQ(name_in("ISO_IR 127", "\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1"), (Read{"قباني^لنزار", true}));
  EXPECT_EQ(name_in("ISO_IR 138", "\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4"), (Read{"שרון^דבורה", true}));
  EXPECT_EQ(name_in("ISO_IR 166", "\xB9\xD2\xC1"), (Read{"นาม", true}));
  EXPECT_EQ(name_in("ISO_IR 13", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3"), (Read{"ﾔﾏﾀﾞ^ﾀﾛｳ", true}));
}

TEST(Charset, ReadsJapaneseByEscapeSequences) {
  // PS3.5 H.3.1 and H.3.2.
  EXPECT_EQ(name_in("\\ISO 2022 IR 87",
                    "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B"),
            (Read{"Yamada^Tarou=山田^太郎=やまだ^たろう", true}));
  EXPECT_EQ(
      name_in("ISO 2022 IR 13\\ISO 2022 IR 87",
              "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$m$&\x1B(J"),
      (Read{"ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", true}));
  EXPECT_EQ(name_in("\\ISO 2022 IR 159", "\x1B$(D0!\x1B(B"), (Read{"丂", true}));
}

TEST(Charset, ReadsKoreanAndChinese) {
  // PS3.5 I.2, J.3, K.2.
  EXPECT_EQ(name_in("\\ISO 2022 IR 149",
                    "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF"),
            (Read{"Hong^Gildong=洪^吉洞=홍^길동", true}));
  EXPECT_EQ(name_in("GB18030", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB="), (Read{"Wang^XiaoDong=王^小东=", true}));
  EXPECT_EQ(name_in("GBK", "\xCD\xF5^\xD0\xA1\xB6\xAB"), (Read{"王^小东", true}));
  EXPECT_EQ(name_in("\\ISO 2022 IR 58", "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB="),
            (Read{"Zhang^XiaoDong=张^小东=", true}));
  EXPECT_EQ(name_in("ISO_IR 192", "Wang^XiaoDong=王^小東="), (Read{"Wang^XiaoDong=王^小東=", true}));
}

TEST(Charset, SwitchesOneByteSets) {
  EXPECT_EQ(name_in("ISO 2022 IR 100\\ISO 2022 IR 144", "J\xF6rg \x1B-L\xB8\xD2\xD0\xDD^J\xF6rg"),
            (Read{"Jörg Иван^Jörg", true}));
}

TEST(Charset, FallsBackAtDelimiters) {
  std::string text;
  EXPECT_FALSE(Charset::of("\\ISO 2022 IR 144").append_utf8("\x1B-L\xB8\\\xB8", Delimiters::values, text));
  EXPECT_TRUE(text.starts_with("И\\")) << text;
  EXPECT_NE(text, "И\\И");
}

TEST(Charset, ForgivesSpelling) {
  for (const char* term : {"ISO-IR 100", "ISO_IR_100", "ISO IR 100", "ISO_IR 100 ", "iso 2022 ir 100"}) {
    EXPECT_EQ(name_in(term, "J\xF6rg"), (Read{"Jörg", true})) << term;
  }
}

TEST(Charset, GuessesWhatDoesNotFit) {
  EXPECT_EQ(name_in("", "J\xF6rg"), (Read{"Jörg", false}));
  EXPECT_EQ(name_in("", "Jörg"), (Read{"Jörg", false}));
  EXPECT_EQ(name_in("ISO_IR 192", "J\xF6rg"), (Read{"Jörg", false}));
  EXPECT_EQ(name_in("ISO_IR 999", "J\xF6rg"), (Read{"Jörg", false}));
  EXPECT_EQ(name_in("\\ISO 2022 IR 149", "\xC8\xAB"), (Read{"홍", false}));
  EXPECT_EQ(name_in("ISO_IR 192", "\xED\xA0\x80^A").fits, false);
}

TEST(Charset, NeverWritesNulOrInvalidUtf8) {
  EXPECT_EQ(name_in("ISO_IR 100", std::string_view("A\0\xF6", 3)), (Read{"Aö", false}));
  EXPECT_EQ(name_in("ISO_IR 192", std::string_view("A\0ö", 4)), (Read{"Aö", false}));
  EXPECT_EQ(name_in("\\ISO 2022 IR 87", "\x1B$B;"), (Read{";", false}));
  EXPECT_EQ(name_in("ISO_IR 100", "A\x1B[B").fits, false);
}

}  // namespace
}  // namespace dmw::dicom
