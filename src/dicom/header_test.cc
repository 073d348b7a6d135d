#include "dicom/header.h"

#include <ctime>

#include <gtest/gtest.h>

#include "dicom/dicom_json.h"
#include "dicom/dictionary.h"
#include "dicom/read_attributes.h"
#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;

constexpr std::uint64_t limit = 16 << 20;

Result<Attributes> attributes_of(std::string_view bytes) {
  MemorySource source(as_bytes(bytes));
  return read_attributes(source);
}

std::string json_of(std::string_view bytes) {
  MemorySource source(as_bytes(bytes));
  const Result<Header> header = read_header(source, limit);
  if (!header) return header.error().message();
  const Result<std::string> json = to_dicom_json(source, *header);
  return json ? *json : json.error().message();
}

std::string error_of(std::string_view bytes) {
  const Result<Attributes> read = attributes_of(bytes);
  return read ? "accepted" : std::string(name(read.error().code)) + ": " + read.error().what;
}

File filled(std::string_view transfer_syntax) {
  File file(transfer_syntax);
  file.text(0x00080005, "CS", "ISO_IR 100").text(0x00080018, "UI", "1.2.3.4.5").text(0x00080060, "CS", "CT");
  file.sequence(0x00081115, {file.within().text(0x0020000E, "UI", "9.9")});
  file.text(0x00100010, "PN", "M\xFCller^J\xF6rg").text(0x00100020, "LO", " 4711 ");
  file.text(0x0020000D, "UI", "1.2.3").text(0x0020000E, "UI", "1.2.3.4").text(0x00200013, "IS", "+7");
  return file.us(0x00280010, 512).us(0x00280011, 256);
}

TEST(Header, ReadsEveryEncodingAlike) {
  const std::string expected = json_of(filled(testing::explicit_little).pixels(64).bytes());
  EXPECT_NE(expected.find("\"00280010\":{\"vr\":\"US\",\"Value\":[512]}"), std::string::npos) << expected;
  for (const auto syntax : {testing::implicit_little, testing::explicit_big, testing::deflated}) {
    EXPECT_EQ(json_of(filled(syntax).pixels(64).bytes()), expected) << syntax;
  }
  EXPECT_EQ(json_of(filled(testing::jpeg_baseline).fragment(std::string(64, '\x11')).bytes()), expected);
}

TEST(Attributes, AreTheSameInEveryEncoding) {
  for (const auto syntax :
       {testing::implicit_little, testing::explicit_little, testing::explicit_big, testing::deflated}) {
    const Result<Attributes> read = attributes_of(filled(syntax).pixels(64).bytes());
    ASSERT_TRUE(read) << syntax << read.error().message();
    EXPECT_EQ(read->patient_name.reveal(), "Müller^Jörg");
    EXPECT_EQ(read->patient_id.reveal(), "4711");
    EXPECT_EQ(read->study_uid.get(), "1.2.3");
    EXPECT_EQ(read->series_uid.get(), "1.2.3.4");
    EXPECT_EQ(read->instance_number, 7);
    EXPECT_EQ(read->rows, 512);
    EXPECT_EQ(read->columns, 256);
    EXPECT_EQ(read->transfer_syntax, syntax);
    EXPECT_EQ(read->flags, Flags());
  }
}

TEST(Header, EndsBeforePixelData) {
  const std::string bytes = filled(testing::explicit_little).pixels(1000).bytes();
  EXPECT_EQ(attributes_of(bytes)->header_bytes, bytes.size() - 1000);
}

TEST(Header, FlagsTruncatedPixelData) {
  const std::string native = filled(testing::explicit_little).pixels(1000).bytes();
  EXPECT_TRUE(attributes_of(native.substr(0, native.size() - 1))->flags.has(Flag::truncated_pixel_data));
  const std::string encapsulated = filled(testing::jpeg_baseline).fragment(std::string(1000, '\x11')).bytes();
  EXPECT_FALSE(attributes_of(encapsulated)->flags.has(Flag::truncated_pixel_data));
  EXPECT_TRUE(attributes_of(encapsulated.substr(0, encapsulated.size() - 8))->flags.has(Flag::truncated_pixel_data));
  EXPECT_TRUE(attributes_of(encapsulated.substr(0, encapsulated.size() - 500))->flags.has(Flag::truncated_pixel_data));
}

TEST(Header, RefusesAFileThatEndsInsideAnElement) {
  const File file = File::instance();
  const std::string bytes = File(file).us(0x00280010, 512).bytes();
  EXPECT_EQ(error_of(bytes.substr(0, bytes.size() - 1)),
            "corrupted: file ends inside (0028,0010) at byte " + std::to_string(bytes.size() - 10));
  EXPECT_EQ(error_of(bytes.substr(0, bytes.size() - 5)),
            "corrupted: file ends inside an element at byte " + std::to_string(bytes.size() - 10));
}

TEST(Header, RefusesWhatIsNotDicom) {
  EXPECT_TRUE(error_of("").starts_with("not_dicom"));
  EXPECT_TRUE(error_of(std::string(10'000, '\0')).starts_with("not_dicom"));
  EXPECT_TRUE(error_of("{\"json\": \"and a good deal of it\"}").starts_with("not_dicom"));
}

TEST(Header, SaysWhichUidIsMissing) {
  File file(testing::explicit_little);
  EXPECT_EQ(error_of(file.bytes()), "unsupported: no Study Instance UID (0020,000D)");
  file.text(0x0020000D, "UI", "1.2").text(0x0020000E, "UI", "");
  EXPECT_EQ(error_of(file.bytes()), "unsupported: no Series Instance UID (0020,000E)");
}

TEST(Header, ReadsADatasetWithoutMeta) {
  for (const auto syntax : {testing::implicit_little, testing::explicit_little, testing::explicit_big}) {
    const Result<Attributes> read = attributes_of(filled(syntax).pixels(10).dataset());
    ASSERT_TRUE(read) << syntax << read.error().message();
    EXPECT_EQ(read->transfer_syntax, syntax);
    EXPECT_EQ(read->flags, Flags(Flag::no_meta));
  }
}

TEST(Header, ReadsAnEncodingOtherThanDeclared) {
  const File declared = File::instance();
  const std::string prefix = declared.bytes().substr(0, declared.bytes().size() - declared.dataset().size());
  for (const auto syntax : {testing::implicit_little, testing::explicit_big}) {
    const Result<Attributes> read = attributes_of(prefix + filled(syntax).dataset());
    ASSERT_TRUE(read) << syntax << read.error().message();
    EXPECT_TRUE(read->flags.has(Flag::odd_encoding));
    EXPECT_EQ(read->patient_id.reveal(), "4711");
  }
}

TEST(Header, ReadsOneImplicitElementAmongExplicitOnes) {
  File file = File::instance();
  file.append(File(testing::implicit_little).text(0x00200010, "SH", "S1").dataset()).text(0x00200011, "IS", "3");
  const Result<Attributes> read = attributes_of(file.bytes());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->study_id, "S1");
  EXPECT_EQ(read->series_number, 3);
  EXPECT_TRUE(read->flags.has(Flag::odd_encoding));
}

TEST(Header, ReadsUnknownSequences) {
  const std::string content = File(testing::implicit_little).text(0x0020000E, "UI", "9.9").dataset();
  const std::string length(1, static_cast<char>(content.size()));
  const std::string item = std::string("\xFE\xFF\0\xE0", 4) + length + std::string(3, '\0') + content;
  const std::string ends("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
  const std::string expected = R"("Value":[{"0020000E":{"vr":"UI","Value":["9.9"]}}]})";

  EXPECT_NE(json_of(File::instance().raw(0x00400555, "UN", item).bytes()).find(expected), std::string::npos);
  EXPECT_NE(json_of(File::instance().heading(0x00431001, "UN", 0xFFFFFFFF).append(item + ends).bytes()).find(expected),
            std::string::npos);
  EXPECT_NE(json_of(File::instance().raw(0x00431001, "UN", item).bytes()).find("InlineBinary"), std::string::npos);
}

TEST(Header, NestsSequencesOfKnownAndUnknownLength) {
  for (const bool undefined : {false, true}) {
    File inner = File().text(0x00080100, "SH", "A");
    for (int i = 0; i < 63; ++i) inner = File().sequence(0x00400555, {inner, File()}, undefined);
    EXPECT_EQ(error_of(File::instance().sequence(0x00400555, {inner}, undefined).bytes()), "accepted");
    inner = File().sequence(0x00400555, {inner}, undefined);
    EXPECT_TRUE(error_of(File::instance().sequence(0x00400555, {inner}, undefined).bytes()).starts_with("too_deep"));
  }
}

TEST(Header, KeepsDamageInsideASequenceOfKnownLength) {
  File file = File::instance();
  file.sequence(0x00400555, {File().text(0x00080100, "SH", "A"), File().append("garbage!")});
  const std::string json = json_of(file.text(0x00400556, "ST", "after").bytes());
  EXPECT_NE(json.find(R"("00400555":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["A"]}}]})"), std::string::npos)
      << json;
  EXPECT_NE(json.find("after"), std::string::npos) << json;
}

TEST(Header, PutsTagsInOrderAndKeepsTheFirstOfTwo) {
  File item = File().text(0x00080104, "LO", "second").text(0x00080100, "SH", "first").text(0x00080104, "LO", "no");
  File file = File::instance().sequence(0x00400555, {item}).text(0x00100020, "LO", "late").text(0x00100020, "LO", "no");
  const std::string json = json_of(file.bytes());
  EXPECT_LT(json.find("late"), json.find("00400555")) << json;
  EXPECT_LT(json.find("first"), json.find("second")) << json;
  EXPECT_EQ(json.find("no"), std::string::npos) << json;
  EXPECT_EQ(attributes_of(file.bytes())->patient_id.reveal(), "late");
}

TEST(Header, ToleratesPaddingAndRefusesWhatCannotFollowPixelData) {
  const std::string image = filled(testing::explicit_little).pixels(100).bytes();
  EXPECT_EQ(error_of(image + std::string(512, '\0')), "accepted");
  EXPECT_EQ(error_of(image + File().raw(0xFFFCFFFC, "OB", std::string(100, '\0')).dataset()), "accepted");
  EXPECT_EQ(error_of(image + File().text(0x00080060, "CS", "CT").dataset()), "accepted");
  EXPECT_TRUE(error_of(image + File().text(0x00080060, "CS", "CT").dataset() + "and rubbish").starts_with("corrupted"));
  EXPECT_TRUE(error_of(image + std::string("\xFE\xFF\0\xE0\0\0\0\0", 8)).starts_with("corrupted"));
  EXPECT_EQ(error_of(File::instance().append(std::string(512, '\0')).bytes()), "accepted");
}

TEST(Header, SkipsValuesThatAreLargerThanItsLimit) {
  const std::string bytes = File::instance().raw(0x00420011, "OB", std::string(3 << 20, 'p')).bytes();
  MemorySource source(as_bytes(bytes));
  EXPECT_TRUE(read_attributes(source, {.limit_bytes = 1 << 20, .series_tags = {}}));
  EXPECT_TRUE(read_header(source, 1 << 20));
}

TEST(Header, BoundsTheHeaderItself) {
  File file = File::instance();
  for (int i = 0; i < 50'000; ++i) file.text(0x00431001, "LO", "0123456789012345678901234567890123456789");
  const std::string bytes = file.bytes();
  MemorySource source(as_bytes(bytes));
  const Result<Attributes> read = read_attributes(source, {.limit_bytes = 1 << 20, .series_tags = {}});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::too_large);
  EXPECT_EQ(read.error().what, "header is larger than 1 MiB (HEADER_LIMIT_MIB)");
}

/// 24 MiB of text behind what `file` has, in a thousand elements.
File header_heavy(File file) {
  for (std::uint32_t i = 0; i < 1'000; ++i) file.text(0x30060050, "LT", std::string(25'000, '1'));
  return file;
}

TEST(Header, OfMoreThanSixteenMebibytesIsRead) {
  const std::string bytes =
      header_heavy(File::instance().text(0x00080060, "CS", "RTSTRUCT")).text(0x00100020, "LO", "behind").bytes();
  MemorySource source(as_bytes(bytes));
  const Result<Attributes> read = read_attributes(source);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->modality, "RTSTRUCT");
  EXPECT_EQ(read->patient_id.reveal(), "") << "it begins behind the first 16 MiB";
  EXPECT_GT(read->header_bytes, 20U << 20U);
}

TEST(Header, TakesASequenceThatEndsBehindTheFirstSixteenMebibytesAsNone) {
  const std::string bytes = File::instance().sequence(0x30060039, {header_heavy(File()), File()}).bytes();
  MemorySource source(as_bytes(bytes));
  const Result<Attributes> read = read_attributes(source, {.series_tags = {Tag{0x30060039}}});
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->series_attributes, "");
}

TEST(Header, HasNoMoreElementsThanItsReaderHasMemoryFor) {
  const std::string bytes = header_heavy(File::instance()).bytes();
  MemorySource source(as_bytes(bytes));
  const Result<Header> read = read_header(source, {.bytes = 256 << 20, .elements = 900});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::too_large);
  EXPECT_EQ(read.error().what, "the header has more than 900 elements");
}

/// Of which study a refused file is, as far as it was read.
std::string study_of(std::string_view bytes, const ReadOptions& options = {}) {
  MemorySource source(as_bytes(bytes));
  const HeaderReading header = read_instance(source, options).value();
  EXPECT_TRUE(header.is_refused());
  return header.study_uid().get();
}

TEST(Header, TellsTheStudyOfAFileThatItRefusesLater) {
  const auto begun = [] { return File().text(0x00080018, "UI", "1.2.3.4").text(0x0020000D, "UI", "1.2.3"); };
  EXPECT_EQ(study_of(begun().bytes()), "1.2.3");  // no series
  EXPECT_EQ(study_of(begun().text(0x0020000E, "UI", "1.2.3.1").heading(0x00280010, "US", 200).bytes()), "1.2.3");
  File large = File::instance();
  for (int i = 0; i < 50'000; ++i) large.text(0x00431001, "LO", "0123456789012345678901234567890123456789");
  EXPECT_FALSE(study_of(large.bytes(), {.limit_bytes = 1 << 20, .series_tags = {}}).empty());

  EXPECT_EQ(study_of("no DICOM"), "");
  EXPECT_EQ(study_of(File().text(0x00080018, "UI", "1.2.3.4").bytes()), "");
  EXPECT_EQ(study_of(File().text(0x0020000D, "UI", std::string(300, '1')).bytes()), "");
  // Half of a UID is another one.
  const std::string whole = File().text(0x00080018, "UI", "1.2.3.4").text(0x0020000D, "UI", "1.2.3456").bytes();
  EXPECT_EQ(study_of(whole.substr(0, whole.size() - 2)), "");
}

TEST(Header, TellsTheStudyOfAFileThatItReads) {
  const std::string bytes = File::instance().bytes();
  MemorySource source(as_bytes(bytes));
  const HeaderReading header = read_instance(source).value();
  ASSERT_TRUE(header.is_readable());
  EXPECT_EQ(to_json(header.attributes()), to_json(read_attributes(source).value()));
}

/// A disk that gives nothing for now.
class SilentSource final : public ByteSource {
 public:
  std::uint64_t size() const override { return 1 << 20; }
  Result<std::size_t> read_at(std::uint64_t /*offset*/, std::span<std::byte> /*into*/) override {
    return fail(Errc::unavailable, "the disk does not answer");
  }
};

TEST(Header, OfADiskThatDoesNotAnswerIsNeitherReadableNorRefused) {
  SilentSource source;
  const Result<HeaderReading> header = read_instance(source);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, Errc::unavailable);
}

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

TEST(Header, RefusesBombsQuickly) {
  std::string nested;
  for (int i = 0; i < 20'000; ++i) {
    nested +=
        File().heading(0x00400555, "SQ", 0xFFFFFFFF).append(std::string("\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 8)).dataset();
  }
  const std::string zeros(64 << 20, '\0');
  const std::string bombs[] = {
      File::instance().append(nested).bytes(),
      File::instance().heading(0x00431001, "UN", 0xFFFFFFF0).bytes(),
      File::instance().heading(0x00400555, "SQ", 0xFFFFFFFE).append("\xFE\xFF").bytes(),
      File::instance("1", "2", "3", testing::deflated).raw(0x00431001, "UT", zeros).bytes(),
      File::instance("1", "2", "3", testing::deflated).append(zeros).bytes(),
  };
  for (const std::string& bomb : bombs) {
    const double begin = cpu_seconds();
    const std::string error = error_of(bomb);
    EXPECT_LT(cpu_seconds() - begin, 2.0);
    EXPECT_TRUE(error.starts_with("too_deep") || error.starts_with("corrupted") || error.starts_with("too_large") ||
                error == "accepted")
        << error;
    json_of(bomb);
    EXPECT_LT(cpu_seconds() - begin, 2.0);
  }
  EXPECT_TRUE(error_of(bombs[0]).starts_with("too_deep"));
}

TEST(Header, FlagsWrongValuesAndKeepsThem) {
  File file = File::instance("1.2.3 x", "1.2.3.4", "1.2.3.4.5");
  file.text(0x00200011, "IS", "eleven").raw(0x00280010, "US", "").text(0x00080020, "DA", "2001.1.1");
  const Result<Attributes> read = attributes_of(file.meta_sop_uid("9.9").bytes());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->study_uid.get(), "1.2.3 x");
  EXPECT_EQ(read->study_date, "2001.1.1");
  EXPECT_FALSE(read->series_number);
  EXPECT_TRUE(read->flags.has(Flag::bad_value));
  EXPECT_TRUE(read->flags.has(Flag::meta_mismatch));
  EXPECT_NE(json_of(file.bytes()).find(R"("vr":"IS","Value":["eleven"])"), std::string::npos);
}

TEST(Header, GivesItemsTheirPlaceEvenUnderATagThatIsNoSequence) {
  const File item = File().text(0x00080100, "SH", "A");
  const std::string json = json_of(File::instance().sequence(0x00400000, {item, item}).bytes());
  EXPECT_TRUE(json::parse(json)) << json;
}

TEST(Attributes, AreUtf8WhateverTheMetaSays) {
  std::string bytes = File::instance().bytes();
  bytes[bytes.find("1.2.840.10008.1.2.1") + 5] = '\xB4';
  const Result<Attributes> read = attributes_of(bytes);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(attributes_from_json(to_json(*read)));
  EXPECT_TRUE(read->flags.has(Flag::bad_value));
}

TEST(Attributes, TakeTheSopClassOfTheMeta) {
  File file(testing::explicit_little);
  file.text(0x00080018, "UI", "1.2").text(0x0020000D, "UI", "1.3").text(0x0020000E, "UI", "1.4");
  EXPECT_EQ(attributes_of(file.bytes())->sop_class, "1.2.840.10008.5.1.4.1.1.2");
}

TEST(Attributes, HoldTheConfiguredOnesOfTheSeries) {
  const std::vector<std::string> keywords = {"RequestAttributesSequence", "Manufacturer", "KVP"};
  const Result<std::vector<Tag>> tags = tags_of(keywords);
  ASSERT_TRUE(tags);
  File file(testing::explicit_little);
  file.text(0x00080018, "UI", "1.2").text(0x00080070, "LO", "ACME").text(0x00180060, "DS", "120.0");
  file.text(0x0020000D, "UI", "1.3").text(0x0020000E, "UI", "1.4");
  const std::string bytes = file.sequence(0x00400275, {File().text(0x00401001, "SH", "RP1")}).bytes();
  MemorySource source(as_bytes(bytes));
  const Result<Attributes> read = read_attributes(source, {.series_tags = *tags});
  ASSERT_TRUE(read) << read.error().message();
  const json::object expected = json::parse(R"({"00080070":{"vr":"LO","Value":["ACME"]},
      "00180060":{"vr":"DS","Value":[120.0]},
      "00400275":{"vr":"SQ","Value":[{"00401001":{"vr":"SH","Value":["RP1"]}}]}})")
                                    ->as_object();
  EXPECT_EQ(json::parse(read->series_attributes).value(), json::value(expected));
  EXPECT_FALSE(tags_of(std::vector<std::string>{"PatientNam"}));
}

/// A source that hands out a byte at a time gets the same answer as memory.
class Grudging final : public ByteSource {
 public:
  explicit Grudging(ByteView bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    MemorySource memory(bytes_);
    return memory.read_at(offset, into);
  }

 private:
  ByteView bytes_;
};

TEST(Header, IsTheSameFromAFileAsFromMemory) {
  File file = filled(testing::explicit_little);
  for (std::uint32_t i = 0; i < 3000; ++i) file.text(0x00431001 + i, "LO", "a private value of some length");
  const std::string bytes =
      file.raw(0x00991001, "OB", std::string(100'000, 'x')).text(0x00991002, "LO", "end").pixels(10).bytes();
  MemorySource memory(as_bytes(bytes));
  Grudging grudging(as_bytes(bytes));
  const Result<Header> one = read_header(memory, limit);
  const Result<Header> other = read_header(grudging, limit);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(*to_dicom_json(memory, *one), *to_dicom_json(grudging, *other));
  EXPECT_EQ(to_json(*read_attributes(memory)), to_json(*read_attributes(grudging)));
}

}  // namespace
}  // namespace dmw::dicom
