// Items in implicit VR whose first length spells a VR, and items in another encoding than what is around them.
#include <gtest/gtest.h>

#include "dicom/dicom_json.h"
#include "dicom/read_attributes.h"
#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;

/// What the reader makes of a file: its DICOM JSON, or the sentence of its refusal; then its flags.
struct Reading {
  std::string json;
  Flags flags;
};
Reading reading_of(const std::string& bytes) {
  MemorySource source(as_bytes(bytes));
  const Result<Header> header = read_header(source, 64 << 20);
  if (!header) return {header.error().message(), {}};
  const Result<std::string> json = to_dicom_json(source, *header, {.inline_binary_bytes = 16});
  return {json ? *json : json.error().message(), header->flags};
}

File instance(std::string_view syntax) {
  return File::instance("1.2.3", "1.2.3.4", "1.2.3.4.5", syntax);
}

/// The VRs that an even length can spell by its low 16 bits.
constexpr std::string_view spelled[] = {"DA", "DS", "DT", "FD", "FL", "LO", "LT", "PN", "TM"};

std::uint32_t spelling(std::string_view vr, std::uint32_t high) {
  return high << 16U | static_cast<std::uint32_t>(vr[1]) << 8U | static_cast<std::uint32_t>(vr[0]);
}

/// References that fill exactly `length` bytes.
std::vector<File> references(std::uint32_t length) {
  std::vector<File> items;
  const auto one = [](std::size_t text) {
    return File(implicit_little)
        .raw(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.20")
        .raw(0x00081155, "UI", std::string(text, '1'));
  };
  constexpr std::uint32_t around = 8 + 8 + 26 + 8;  // item, (0008,1150), the heading of (0008,1155)
  while (length >= 2 * (around + 64)) {
    items.push_back(one(50));
    length -= around + 50;
  }
  items.push_back(one(length - around));
  return items;
}

TEST(ItemEncoding, OfImplicitIsNotGuessedFromALengthThatSpellsAVr) {
  for (const std::string_view vr : spelled) {
    for (const std::uint32_t high : {0U, 1U, 3U}) {
      for (const bool undefined : {false, true}) {
        for (const int inner : {0, 1, 2}) {
          const std::uint32_t length = spelling(vr, high);
          File item(implicit_little);
          if (inner == 0) item.raw(0x30060050, "DS", std::string(length, '1'));
          if (inner == 1) item.sequence(0x00081199, references(length));
          if (inner == 1) item.raw(0x00189999, "UN", std::string(100'000, '\1')).text(0x00280103, "US", "ab");
          if (inner == 2) item.raw(0x00660129, "OL", std::string(length, '\1')).text(0x00700084, "PN", "behind");
          const std::string bytes = instance(implicit_little)
                                        .sequence(0x30060039, {item, item}, undefined)
                                        .text(0x300E0002, "CS", "END")
                                        .bytes();
          const Reading read = reading_of(bytes);
          EXPECT_EQ(read.flags, Flags()) << vr << high << undefined << inner;
          const std::string_view expected = inner == 0   ? R"("30060050":{"vr":"DS")"
                                            : inner == 1 ? R"("00081155":{"vr":"UI","Value":["1)"
                                                         : R"("Value":[{"Alphabetic":"behind")";
          EXPECT_NE(read.json.find(expected), std::string::npos)
              << vr << high << undefined << inner << read.json.substr(0, 500);
          EXPECT_NE(read.json.find(R"("300E0002":{"vr":"CS","Value":["END"]})"), std::string::npos);
        }
      }
    }
  }
}

TEST(ItemEncoding, OfImplicitStaysWhateverTheOrderAndThePlace) {
  for (const std::string_view vr : spelled) {
    const std::uint32_t length = spelling(vr, 0);
    // Out of order, alone in a file that goes on for long, and within a private sequence of unknown length.
    const File item = File(implicit_little).sequence(0x30060050, references(length)).text(0x00080100, "SH", "A");
    for (const std::uint32_t tag : {0x30060039U, 0x00431001U}) {
      File file = instance(implicit_little).sequence(tag, {item, item}, true);
      for (int i = 0; i < 3; ++i)
        file.raw(0x60003000U + 0x20000U * static_cast<unsigned>(i), "OW", std::string(1 << 20, '\1'));
      const Reading read = reading_of(file.bytes());
      EXPECT_EQ(read.flags, Flags()) << vr;
      EXPECT_NE(read.json.find(R"("00080100":{"vr":"SH","Value":["A"]})"), std::string::npos) << vr;
    }
  }
}

TEST(ItemEncoding, ThatIsAnotherIsRecognisedBySeveralElements) {
  for (const bool undefined : {false, true}) {
    for (const std::string_view around : {implicit_little, explicit_little}) {
      const std::string_view other = around == implicit_little ? explicit_little : implicit_little;
      for (const int count : {1, 2, 6}) {
        File item(other);
        for (int i = 0; i < count; ++i) item.text(0x00080100U + static_cast<unsigned>(i), "SH", "value");
        const File code = File(other).sequence(0x0040A168, {item}, undefined).text(0x0040DB00, "CS", "last");
        const Reading read = reading_of(instance(around).sequence(0x00400555, {item, code}, undefined).bytes());
        EXPECT_TRUE(read.flags.has(Flag::odd_encoding)) << around << count << undefined;
        EXPECT_NE(read.json.find(R"(:["value"]})"), std::string::npos) << around << count << undefined << read.json;
        EXPECT_NE(read.json.find(R"(:["last"]})"), std::string::npos) << around << count << undefined << read.json;
      }
    }
  }
}

}  // namespace
}  // namespace dmw::dicom
