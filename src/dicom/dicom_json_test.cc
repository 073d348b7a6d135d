// DICOM JSON of values that are at the edge of what JSON, or their VR, can say.
#include "dicom/dicom_json.h"

#include <gtest/gtest.h>

#include "dicom/inspect.h"
#include "dicom/read_attributes.h"
#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;

std::string whole_json(const std::string& bytes) {
  MemorySource source(as_bytes(bytes));
  const Result<Header> header = read_header(source, 16 << 20);
  if (!header) return header.error().message();
  const Result<std::string> json = to_dicom_json(source, *header);
  return json ? *json : json.error().message();
}
bool says(const std::string& json, std::string_view member) {
  return json.find(member) != std::string::npos;
}

TEST(DicomJson, WritesNumbersThatNoDoubleHoldsAsText) {
  for (const std::string_view number : {"1e400", "-1e400", "1e-400", "1E+9999", "+1.5e309"}) {
    const std::string json =
        whole_json(File::instance().text(0x00180060, "DS", "1.5\\" + std::string(number) + "\\2").bytes());
    EXPECT_TRUE(says(json, "\"Value\":[1.5,\"" + std::string(number) + "\",2]")) << json;
    EXPECT_TRUE(json::is_valid(json));
  }
  const std::string long_number(5000, '9');
  EXPECT_TRUE(says(whole_json(File::instance().text(0x00180060, "DS", long_number).bytes()), '"' + long_number + '"'));
  EXPECT_TRUE(says(whole_json(File::instance().text(0x00180060, "DS", "1e308").bytes()), "[1e308]"));
}

TEST(DicomJson, InPiecesIsTheWhole) {
  File file = File::instance();
  for (std::uint32_t i = 0; i < 200; ++i)
    file.sequence(0x00081115 + i, {File().text(0x0020000E, "UI", "1.2"), File().text(0x0020000E, "UI", "1.3")});
  const std::string bytes = file.bytes();
  MemorySource source(as_bytes(bytes));
  const Header header = read_header(source, 1 << 20).value();
  for (const std::size_t piece_bytes : {1U, 500U, 1U << 20U}) {
    DicomJsonPieces pieces(source, header, piece_bytes);
    std::string all;
    for (;;) {
      const std::string piece = pieces.next().value();
      if (piece.empty()) break;
      EXPECT_LE(piece.size(), piece_bytes + 100);
      all += piece;
    }
    EXPECT_EQ(all, to_dicom_json(source, header).value());
  }
}

TEST(DicomJson, GivesAnEmptySequenceNoValue) {
  for (const bool undefined : {false, true}) {
    const File empty = File().sequence(0x00081115, {}, undefined);
    const std::string json =
        whole_json(File::instance().append(empty.dataset()).sequence(0x00400555, {empty, File()}, undefined).bytes());
    EXPECT_TRUE(says(json, R"("00081115":{"vr":"SQ"},)")) << json;
    EXPECT_TRUE(says(json, R"("00400555":{"vr":"SQ","Value":[{"00081115":{"vr":"SQ"}},{}]})")) << json;
  }
}

TEST(DicomJson, CountsTheEntriesOfALutWithoutASign) {
  for (const std::string_view syntax : {implicit_little, explicit_little, explicit_big}) {
    for (const std::uint32_t tag : {0x00281101U, 0x00281102U, 0x00281103U, 0x00283002U}) {
      File file = File::instance("1", "2", "3", syntax).us(0x00280103, 1);
      const File three = File(syntax).us(tag, 40'000).us(tag, 0xFFFE).us(tag, 16);
      std::string value;
      for (std::size_t i = 0; i < 3; ++i) value += three.dataset().substr(i * 10 + 8, 2);
      const std::string json = whole_json(file.raw(tag, "SS", value).bytes());
      EXPECT_TRUE(says(json, R"("vr":"SS","Value":[40000,-2,16])")) << json;
    }
  }
}

TEST(DicomJson, WritesTheYenOfJisX0201) {
  File file = File::instance().text(0x00080005, "CS", "ISO_IR 13").text(0x00104000, "LT", "\xB1 \\100~");
  const std::string json = whole_json(file.text(0x00100020, "LO", "A\\B~").bytes());
  EXPECT_TRUE(says(json, "\"\uFF71 \u00A5100\u203E\"")) << json;
  EXPECT_TRUE(says(json, "[\"A\",\"B\u203E\"]")) << json;
  const std::string plain = whole_json(File::instance()
                                           .text(0x00080005, "CS", "\\ISO 2022 IR 13")
                                           .text(0x00104000, "LT", "a\\b~\x1B(Ja\\~\x1B(Bc~")
                                           .bytes());
  EXPECT_TRUE(says(plain, "a\\\\b~a\u00A5\u203Ec~")) << plain;
}

TEST(DicomJson, HasNoControlCharacters) {
  File file =
      File::instance().text(0x00080005, "CS", "ISO_IR 192").text(0x00100010, "PN", "a\x1B[31m\x7F\xC2\x9B^b\xC3\xBC");
  const std::string bytes = file.text(0x00081030, "LO", "x\x07y").bytes();
  const std::string json = whole_json(bytes);
  EXPECT_EQ(json.find_first_of("\x1B\x7F\x9B\x07"), std::string::npos) << json;
  EXPECT_TRUE(says(json, "\\u007f\\u009b^b\xC3\xBC")) << json;
  MemorySource source(as_bytes(bytes));
  const std::string lines = describe(source, 1 << 20).value();
  EXPECT_EQ(lines.find_first_of("\x1B\x7F\x9B\x07"), std::string::npos) << lines;
}

TEST(Attributes, OfASeriesAreNotLostForOneOfThem) {
  const std::vector<Tag> tags = {Tag{0x00080070}, Tag{0x00180060}, Tag{0x00400275}, Tag{0x00400555}};
  const auto series = [&](const std::string& bytes) {
    MemorySource source(as_bytes(bytes));
    const Result<Attributes> read = read_attributes(source, {.series_tags = tags});
    return read ? read->series_attributes : read.error().message();
  };
  File file = File::instance("1", "2", "3").text(0x00080070, "LO", "ACME").text(0x00180060, "DS", "1e400");
  EXPECT_EQ(series(file.bytes()),
            R"({"00080070":{"vr":"LO","Value":["ACME"]},"00180060":{"vr":"DS","Value":["1e400"]}})");
  const std::vector<File> many(5000, File().text(0x00401001, "SH", "a value"));
  file.sequence(0x00400275, many).sequence(0x00400555, {File().text(0x00080100, "SH", "A")});
  EXPECT_EQ(series(file.bytes()),
            R"({"00080070":{"vr":"LO","Value":["ACME"]},"00180060":{"vr":"DS","Value":["1e400"]},)"
            R"("00400555":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["A"]}}]}})");
}

}  // namespace
}  // namespace dmw::dicom
