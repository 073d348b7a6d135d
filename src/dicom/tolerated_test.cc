// Files against the Standard that other readers read: they are taken, and say so by a flag.
#include <gtest/gtest.h>

#include "dicom/dicom_json.h"
#include "dicom/part10.h"
#include "dicom/read_attributes.h"
#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;

/// "" when a file is taken with these flags, and nothing else.
std::string not_taken(std::string_view bytes, Flags flags) {
  MemorySource source(as_bytes(bytes));
  const Result<Attributes> read = read_attributes(source);
  if (!read) return read.error().message();
  const Result<Header> header = read_header(source, 16 << 20);
  if (!header) return header.error().message();
  std::string odd;
  for (const std::string_view name : read->flags.names()) odd += std::string(name) + " ";
  // Most have no Pixel Data, which does not matter here.
  return read->flags.with(Flag::missing_pixel_data, false) == flags ? "" : "flags: " + odd;
}

const std::string item_end("\xFE\xFF\x0D\xE0\0\0\0\0", 8);
const std::string sequence_end("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
constexpr Flag odd = Flag::odd_encoding;

File image_in(std::string_view syntax = explicit_little) {
  File file = File::instance("1.2.3", "1.2.3.4", "1.2.3.4.5", syntax);
  file.us(0x00280002, 1).text(0x00280004, "CS", "MONOCHROME2").us(0x00280010, 8).us(0x00280011, 8);
  return file.us(0x00280100, 8);
}

TEST(Tolerated, WhateverElementsAreBehindPixelData) {
  for (const bool encapsulated : {false, true}) {
    File file = image_in(encapsulated ? testing::jpeg_baseline : explicit_little);
    const std::string bytes = (encapsulated ? file.fragment("abcd") : file.pixels(64)).bytes();
    const std::string behind[] = {
        File().text(0x00080060, "CS", "CT").dataset(),
        File().sequence(0x00081115, {File().text(0x0020000E, "UI", "9.9")}, true).dataset(),
        File().text(0x00091001, "LO", "private").text(0x00080060, "CS", "CT").dataset(),
        item_end,
        sequence_end,
        sequence_end + sequence_end,
        item_end + File().raw(0xFFFCFFFC, "OB", std::string(100, '\0')).dataset(),
        File().pixels(64).dataset(),
        File().pixels(64).text(0x00080060, "CS", "CT").pixels(0).dataset(),
        File().fragment("efgh").fragment("ijkl").dataset(),
    };
    for (const std::string& tail : behind) EXPECT_EQ(not_taken(bytes + tail, odd), "") << as_bytes(tail).size();
  }
}

TEST(Tolerated, ASecondPixelDataMayBeCut) {
  const std::string bytes = image_in().pixels(64).pixels(64).bytes();
  EXPECT_EQ(not_taken(bytes.substr(0, bytes.size() - 1), Flags(odd) | Flag::truncated_pixel_data), "");
  const std::string compressed = image_in().pixels(64).fragment("abcd").bytes();
  EXPECT_EQ(not_taken(compressed.substr(0, compressed.size() - 8), Flags(odd) | Flag::truncated_pixel_data), "");
}

TEST(Tolerated, DelimitersThatEndNothing) {
  const File file = File::instance();
  for (const std::string& delimiter : {item_end, sequence_end, item_end + sequence_end})
    EXPECT_EQ(not_taken(File(file).append(delimiter).text(0x00280004, "CS", "X").bytes(), odd), "");
}

TEST(Tolerated, AVrThatIsNoneBeforePixelDataAndEverywhereElse) {
  for (const std::string& vr : {std::string("  "), std::string("\0\0", 2), std::string("??"), std::string("--"),
                                std::string("ZZ"), std::string("un"), std::string("\xFF\xFF")}) {
    for (const std::uint32_t tag : {0x00091001U, 0x00280107U, 0x00324000U, 0x60000022U}) {
      for (const std::size_t length : {2U, 10U, 64U, 1000U}) {
        File element;
        element.append(
            File().heading(tag, vr, static_cast<std::uint32_t>(length)).append(std::string(length, 'v')).dataset());
        const File odd_image = File::instance().append(element.dataset());
        EXPECT_EQ(not_taken(File(odd_image).pixels(400'000).bytes(), odd), "") << vr << tag << length;
        EXPECT_EQ(not_taken(File(odd_image).fragment("abcd").bytes(), Flags(odd) | Flag::transfer_syntax_mismatch), "");
        EXPECT_EQ(not_taken(odd_image.bytes(), odd), "") << vr << tag << length;
        for (const bool undefined : {false, true}) {
          EXPECT_EQ(not_taken(File::instance()
                                  .sequence(0x00400555, {File(element).text(0x7F000011, "LO", "x"), element}, undefined)
                                  .pixels(10)
                                  .bytes(),
                              odd),
                    "")
              << vr << tag << length << undefined;
        }
      }
    }
  }
}

TEST(Tolerated, AShortLengthWhereALongOneBelongs) {
  for (const std::string_view vr : {"OB", "OW", "UN", "UT", "UC", "UR", "OF", "OD"}) {
    for (const std::size_t length : {2U, 10U, 64U, 1000U}) {
      std::string element = File().heading(0x00091001, "SH", static_cast<std::uint32_t>(length)).dataset();
      element.replace(4, 2, vr);
      element += std::string(length, 'v');
      EXPECT_EQ(not_taken(File::instance().append(element).pixels(10).bytes(), odd), "") << vr << length;
      EXPECT_EQ(not_taken(File::instance().append(element).bytes(), odd), "") << vr << length;
    }
  }
}

/// `meta` in front of a data set, with its length where `big` or not.
std::string behind(const File& meta, const std::string& dataset, std::string_view order) {
  const std::size_t size = meta.dataset().size();
  std::string length;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned at = order == explicit_big ? 3 - i : i;
    length += static_cast<char>(size >> 8 * at & 0xFFU);
  }
  return std::string(128, '\0') + "DICM" + File(order).raw(0x00020000, "UL", length).dataset() + meta.dataset() +
         dataset;
}

TEST(Tolerated, AMetaInBigEndian) {
  for (const std::string_view syntax : {explicit_big, explicit_little, implicit_little}) {
    File meta(explicit_big);
    meta.raw(0x00020001, "OB", std::string("\0\1", 2)).text(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.2");
    meta.text(0x00020003, "UI", "1.2.3.4.5").text(0x00020010, "UI", syntax);
    const std::string dataset = image_in(syntax).pixels(64).dataset();
    const std::string bytes = behind(meta, dataset, explicit_big);
    EXPECT_EQ(not_taken(bytes, odd), "") << syntax;
    EXPECT_EQ(dataset_offset(as_bytes(bytes)), bytes.size() - dataset.size());
    MemorySource source(as_bytes(bytes));
    EXPECT_EQ(read_attributes(source).value().transfer_syntax, syntax);
  }
}

TEST(Tolerated, AMetaThatIsLongerThanWhatIsLookedAt) {
  for (const std::size_t size : {60'000U, 65'300U, 65'400U, 65'536U, 70'000U, 1'000'000U}) {
    for (const std::string_view syntax : {explicit_little, implicit_little, explicit_big}) {
      File meta;
      meta.raw(0x00020001, "OB", std::string("\0\1", 2)).text(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.2");
      meta.text(0x00020003, "UI", "1.2.3.4.5").text(0x00020010, "UI", syntax).text(0x00020100, "UI", "1.2");
      meta.raw(0x00020102, "OB", std::string(size, 'p'));
      const std::string dataset = image_in(syntax).pixels(64).dataset();
      const std::string bytes = behind(meta, dataset, explicit_little);
      EXPECT_EQ(not_taken(bytes, Flags()), "") << size << syntax;
      EXPECT_EQ(dataset_offset(as_bytes(bytes).first(std::min(bytes.size(), head_limit_bytes))),
                bytes.size() - dataset.size());
      MemorySource source(as_bytes(bytes));
      EXPECT_EQ(read_attributes(source).value().transfer_syntax, syntax);
      EXPECT_NE(not_taken(bytes.substr(0, bytes.size() - dataset.size()), Flags()), "");
    }
  }
}

TEST(Tolerated, TextThatEndsAtNul) {
  const std::string rubbish("\0\1\xFFrub\\bish", 10);
  File file;
  file.raw(0x00080018, "UI", "1.2.3.4.5" + rubbish + "1").raw(0x00081030, "LO", "chest" + rubbish + "!");
  file.raw(0x00100010, "PN", "Doe^John" + rubbish).raw(0x0020000D, "UI", "1.2.3" + rubbish + "1");
  const std::string bytes = file.raw(0x0020000E, "UI", "1.2.3.4" + rubbish + "1").meta_sop_uid("1.2.3.4.5").bytes();
  EXPECT_EQ(not_taken(bytes, Flag::bad_value), "");
  MemorySource source(as_bytes(bytes));
  const Attributes read = read_attributes(source).value();
  EXPECT_EQ(read.study_uid.get(), "1.2.3");
  EXPECT_EQ(read.series_uid.get(), "1.2.3.4");
  EXPECT_EQ(read.sop_uid.get(), "1.2.3.4.5");
  EXPECT_EQ(read.patient_name.reveal(), "Doe^John");
  EXPECT_EQ(read.study_description.reveal(), "chest");
  const std::string json = to_dicom_json(source, read_header(source, 1 << 20).value()).value();
  EXPECT_EQ(json.find("bish"), std::string::npos) << json;
}

TEST(Tolerated, PaddingOfEachValueIsNoEnd) {
  File file = File::instance();
  file.raw(0x00080008, "CS", std::string("ORIGINAL\0\\PRIMARY \0\\AXIAL\0", 26));
  const std::string bytes = file.bytes();
  MemorySource kept(as_bytes(bytes));
  const std::string json = to_dicom_json(kept, read_header(kept, 1 << 20).value()).value();
  EXPECT_NE(json.find(R"(["ORIGINAL","PRIMARY","AXIAL"])"), std::string::npos) << json;
}

TEST(Tolerated, UidsWithControlCharactersAreNot) {
  for (const std::string& bad : {std::string("1.2\n3"), std::string("1.2\x1B[31m"), std::string("1.2\x7F"),
                                 std::string("\1"
                                             "1.2"),
                                 std::string("1\t2"),
                                 std::string("1.2\xC2\x9B"
                                             "3")}) {
    for (const std::uint32_t tag : {0x0020000DU, 0x0020000EU, 0x00080018U}) {
      File file;
      for (const std::uint32_t one : {0x00080018U, 0x0020000DU, 0x0020000EU})
        file.text(one, "UI", one == tag ? bad : "1.2.3");
      const std::string refusal = not_taken(file.bytes(), Flags());
      EXPECT_NE(refusal.find("has control characters"), std::string::npos) << refusal;
    }
  }
}

}  // namespace
}  // namespace dmw::dicom
