// Instances that end early, and data sets that are not in the transfer syntax that their meta declares.
#include <gtest/gtest.h>

#include "base/deflate.h"
#include "dicom/header.h"
#include "dicom/part10.h"
#include "dicom/read_attributes.h"
#include "dicom/shown_syntax.h"
#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;

constexpr Flag cut = Flag::truncated_pixel_data;
constexpr Flag no_pixels = Flag::missing_pixel_data;
constexpr Flag mismatch = Flag::transfer_syntax_mismatch;

/// A file that is never in memory as a whole, and counts the reads.
class Counted final : public ByteSource {
 public:
  explicit Counted(std::string_view bytes) : memory_(as_bytes(bytes)) {}
  std::uint64_t size() const override { return memory_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    ++reads;
    return memory_.read_at(offset, into);
  }
  std::size_t reads = 0;

 private:
  MemorySource memory_;
};

Attributes read_whole(std::string_view bytes) {
  MemorySource source(as_bytes(bytes));
  Result<Attributes> read = read_attributes(source);
  EXPECT_TRUE(read) << read.error().message();
  return read ? *std::move(read) : Attributes();
}
bool is_cut(std::string_view bytes) {
  return read_whole(bytes).flags.has(cut);
}
/// The last `count` bytes are missing.
std::string without(const std::string& bytes, std::size_t count) {
  return bytes.substr(0, bytes.size() - count);
}

File image(std::string_view syntax = explicit_little, std::uint16_t rows = 8) {
  File file = File::instance("1.2.3", "1.2.3.4", "1.2.3.4.5", syntax);
  file.us(0x00280002, 1).text(0x00280004, "CS", "MONOCHROME2").us(0x00280010, rows).us(0x00280011, 8);
  return file.us(0x00280100, 8);
}
/// The heading of an item or a delimiter.
std::string item(std::string_view element, std::size_t length) {
  std::string out = "\xFE\xFF" + std::string(element);
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(length >> 8 * i & 0xFFU);
  return out;
}
/// Encapsulated Pixel Data of these fragments, the first of them the offset table.
File fragments(const std::vector<std::string>& all, std::string_view syntax = testing::jpeg_baseline) {
  File file = image(syntax).heading(0x7FE00010, "OB", 0xFFFFFFFF);
  for (const std::string& one : all) file.append(item({"\0\xE0", 2}, one.size())).append(one);
  return file.append(item("\xDD\xE0", 0));
}

TEST(Whole, NativePixelsThatReachPastTheEndAreCut) {
  for (const auto syntax : {implicit_little, explicit_little, explicit_big}) {
    const std::string bytes = image(syntax).pixels(64).bytes();
    EXPECT_FALSE(is_cut(bytes)) << syntax;
    for (const std::size_t missing : {1, 2, 63, 64}) EXPECT_TRUE(is_cut(without(bytes, missing))) << syntax << missing;
  }
  for (const std::uint32_t tag : {0x7FE00008U, 0x7FE00009U}) {
    const std::string bytes = image().raw(tag, tag == 0x7FE00008U ? "OF" : "OD", std::string(512, '\1')).bytes();
    EXPECT_FALSE(is_cut(bytes));
    EXPECT_TRUE(is_cut(without(bytes, 8)));
  }
}

/// Eight of the twelve bytes of a heading, the last two zero, are no element of length 0.
TEST(Whole, AFileThatEndsInsideAHeadingIsNotWhole) {
  const auto is_refused = [](std::string_view bytes) {
    MemorySource source(as_bytes(bytes));
    const Result<Attributes> read = read_attributes(source);
    return !read && read.error().code == Errc::corrupted;
  };
  for (const auto syntax : {implicit_little, explicit_little, explicit_big}) {
    const std::size_t heading = syntax == implicit_little ? 8 : 12;
    const std::string bytes = image(syntax).pixels(64).bytes();
    for (std::size_t kept = 1; kept < heading; ++kept)
      EXPECT_TRUE(is_refused(without(bytes, 64 + heading - kept))) << syntax << ": " << kept;
  }
  for (const std::string_view vr : {"OB", "OW", "UN", "UT", "SQ", "UC", "UR", "OV"}) {
    const std::string bytes = image().raw(0x00431001, vr, "").bytes();
    EXPECT_FALSE(is_refused(bytes)) << vr;
    for (std::size_t missing = 1; missing < 12; ++missing) EXPECT_TRUE(is_refused(without(bytes, missing))) << vr;
  }
  // Within a sequence and an item of unknown length as well.
  const std::string inside =
      image().heading(0x00400555, "SQ", 0xFFFFFFFF).append(item({"\0\xE0", 2}, 0xFFFFFFFF)).bytes();
  EXPECT_TRUE(is_refused(inside + std::string("\x43\0\x01\x10UN\0\0", 8)));
}

TEST(Whole, NativePixelsAreCutWhenTheImageNeedsMore) {
  EXPECT_TRUE(is_cut(image().pixels(62).bytes()));
  EXPECT_FALSE(is_cut(image().pixels(64).bytes()));
  EXPECT_FALSE(is_cut(image().pixels(66).bytes()));
  EXPECT_TRUE(is_cut(image().text(0x00280008, "IS", "2").pixels(126).bytes()));
  EXPECT_TRUE(is_cut(image().text(0x00280008, "IS", "3").pixels(66).bytes()));
  EXPECT_FALSE(is_cut(image().text(0x00280008, "IS", "2").pixels(128).bytes()));
}

TEST(Whole, NothingIsSaidOfPixelsWhoseNumberIsNotCertain) {
  EXPECT_FALSE(is_cut(image().pixels(0).bytes())) << "a header alone";
  EXPECT_FALSE(is_cut(File::instance().us(0x00280010, 8).us(0x00280011, 8).pixels(2).bytes()));
  EXPECT_FALSE(is_cut(image(explicit_little, 0).pixels(2).bytes()));
  EXPECT_FALSE(is_cut(image().text(0x00280008, "IS", "999999").pixels(64).bytes())) << "it may count wrongly";
  File colour = File::instance().us(0x00280002, 3).text(0x00280004, "CS", "YBR_FULL_422").us(0x00280010, 8);
  EXPECT_FALSE(is_cut(colour.us(0x00280011, 8).us(0x00280100, 8).pixels(128).bytes()));
  File bitmap = File::instance().us(0x00280002, 1).us(0x00280010, 3).us(0x00280011, 3).us(0x00280100, 1);
  EXPECT_FALSE(is_cut(bitmap.pixels(2).bytes())) << "9 bits are 2 bytes";
}

TEST(Whole, FragmentsMustLeadToTheirDelimiter) {
  const std::string bytes = fragments({"", std::string(1000, 'a'), std::string(500, 'b')}).bytes();
  EXPECT_FALSE(is_cut(bytes));
  for (const std::size_t missing : {1, 7, 8, 9, 400, 508, 509, 515, 516, 517, 1400, 1524}) {
    EXPECT_TRUE(is_cut(without(bytes, missing))) << missing;
  }
  // A hole in the middle, and the end in its place.
  EXPECT_TRUE(is_cut(std::string(bytes).erase(bytes.size() - 1200, 100)));
  EXPECT_TRUE(is_cut(std::string(bytes).erase(bytes.size() - 400, 100)));
}

TEST(Whole, TheOffsetTableLeadsToTheLastFrame) {
  std::string table;
  std::vector<std::string> all = {""};
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const std::uint32_t offset = i * 208;
    table.append(reinterpret_cast<const char*>(&offset), 4);
    all.emplace_back(200, 'x');
  }
  all[0] = table;
  const std::string bytes = fragments(all).bytes();
  Counted file(bytes);
  EXPECT_FALSE(read_attributes(file).value().flags.has(cut));
  EXPECT_LT(file.reads, 12U);
  EXPECT_TRUE(is_cut(without(bytes, 50)));
  // A table that lies, and the hole that makes it lie.
  all[0].back() = '\x7F';
  EXPECT_FALSE(is_cut(fragments(all).bytes()));
  EXPECT_TRUE(is_cut(std::string(bytes).erase(bytes.size() - 100'000, 100)));
}

TEST(Whole, TenThousandFragmentsAreFollowed) {
  const std::string bytes = fragments(std::vector<std::string>(10'000, std::string(100, 'x'))).bytes();
  Counted file(bytes);
  EXPECT_FALSE(read_attributes(file).value().flags.has(cut));
  EXPECT_LT(file.reads, bytes.size() / 2048) << "4 KiB a read";
  EXPECT_TRUE(is_cut(without(bytes, 8)));
  EXPECT_TRUE(is_cut(without(bytes, 50)));
}

TEST(Whole, WhatFollowsPixelsMustEndToo) {
  const File padding = File().raw(0xFFFCFFFC, "OB", std::string(100, '\0'));
  const std::string native = image().pixels(64).append(padding.dataset()).bytes();
  EXPECT_FALSE(is_cut(native));
  EXPECT_TRUE(is_cut(without(native, 1)));
  EXPECT_TRUE(is_cut(without(native, 101)));
  const std::string compressed = fragments({"", "abcd"}).append(padding.dataset()).bytes();
  EXPECT_FALSE(is_cut(compressed));
  EXPECT_TRUE(is_cut(without(compressed, 1)));
  const File signatures = File().sequence(0xFFFAFFFA, {File().text(0x04000100, "UI", "1.2")}, true);
  const std::string signed_image = image().pixels(64).append(signatures.dataset()).bytes();
  EXPECT_FALSE(is_cut(signed_image));
  EXPECT_TRUE(is_cut(without(signed_image, 8)));
  EXPECT_FALSE(is_cut(image().pixels(64).append(std::string(512, '\0')).bytes()));
}

TEST(Whole, ADeflatedStreamMustEnd) {
  File file = image(deflated_little);
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 20'000; ++i)
    noise += static_cast<char>((x = x * 1'664'525 + 1'013'904'223) >> 24U);
  for (const std::string& bytes : {File(file).bytes(), file.pixels(noise).bytes()}) {
    EXPECT_FALSE(is_cut(bytes));
    EXPECT_TRUE(is_cut(without(bytes, 1)));
    EXPECT_EQ(read_whole(bytes).flags.with(no_pixels, false), Flags());
  }
  EXPECT_TRUE(is_cut(without(file.bytes(), 10'000)));
  // The stream ends, the pixels do not.
  EXPECT_TRUE(is_cut(image(deflated_little).heading(0x7FE00010, "OW", 64).append("only some").bytes()));
}

/// Of what refuses `bytes`.
std::string refusal_of(std::string_view bytes) {
  MemorySource source(as_bytes(bytes));
  const Result<Attributes> read = read_attributes(source);
  MemorySource again(as_bytes(bytes));
  EXPECT_EQ(read_header(again, 16 << 20).has_value(), read.has_value()) << "both read the same files";
  return read ? "it is taken" : std::string(name(read.error().code)) + ": " + read.error().what;
}

/// As `cat *.dcm` makes it: of the second and third nothing would be left.
TEST(Whole, AFileThatIsFollowedByAnotherIsRefused) {
  const auto report = [](std::string_view syntax) {
    return File::instance("1.2.3", "1.2.3.5", "1.2.3.4.6", syntax).text(0x00400280, "ST", "a report").bytes();
  };
  const std::string all[] = {image().pixels(64).bytes(),
                             image(implicit_little).pixels(64).bytes(),
                             image(explicit_big).pixels(64).bytes(),
                             image(deflated_little).pixels(64).bytes(),
                             fragments({"", "abcd"}).bytes(),
                             image().pixels(64).raw(0xFFFCFFFC, "OB", std::string(100, '\0')).bytes(),
                             report(explicit_little),
                             report(implicit_little),
                             report(deflated_little)};
  for (const std::string& first : all) {
    ASSERT_EQ(refusal_of(first), "it is taken");
    for (const std::string& second : all) {
      EXPECT_TRUE(refusal_of(first + second)
                      .starts_with("corrupted: several files were joined into one: another one begins at byte " +
                                   std::to_string(first.size())))
          << refusal_of(first + second);
      EXPECT_TRUE(refusal_of(first + std::string(2048, '\0') + second + first)
                      .starts_with("corrupted: several files were joined into one"));
    }
    EXPECT_EQ(refusal_of(first + std::string(4096, '\0')), "it is taken");
  }
  std::string dual = image().pixels(64).bytes();
  dual.replace(0, 4, std::string("II*\0", 4));  // TIFF's
  EXPECT_TRUE(
      refusal_of(fragments({"", "abcd"}).bytes() + dual).starts_with("corrupted: several files were joined into one"));
}

/// As a script makes it that strips the prefix of all but the first: readers disagree which instance the file is.
TEST(Whole, ADatasetThatIsFollowedByThatOfAnotherInstanceIsRefused) {
  constexpr std::string_view joined = "corrupted: several datasets were joined: another SOP Instance UID at byte ";
  const auto report = [](std::string_view sop, std::string_view syntax) {
    return File::instance("1.2.3", "1.2.3.5", sop, syntax).text(0x00400280, "ST", "a report");
  };
  for (const auto syntax : {implicit_little, explicit_little, explicit_big}) {
    const std::string other = report("1.2.3.4.99", syntax).dataset();
    const std::string first = report("1.2.3.4.6", syntax).bytes();
    EXPECT_TRUE(refusal_of(first + other).starts_with(joined)) << syntax << refusal_of(first + other);
    const std::string with_pixels = image(syntax).pixels(64).bytes();
    EXPECT_TRUE(refusal_of(with_pixels + other).starts_with(joined)) << syntax << refusal_of(with_pixels + other);
    const std::string cut = other.substr(0, other.size() - 3);
    EXPECT_NE(refusal_of(with_pixels + cut), "it is taken") << syntax;
    EXPECT_EQ(refusal_of(first + report("1.2.3.4.6", syntax).dataset()), "it is taken") << "the same again";
  }
  const std::string other = report("1.2.3.4.99", explicit_little).dataset();
  EXPECT_TRUE(refusal_of(fragments({"", "abcd"}).bytes() + other).starts_with(joined));
}

/// Cut exactly between two elements, wherever that is before Pixel Data.
TEST(Whole, AnImageWithoutPixelDataSaysSo) {
  for (const auto syntax : {implicit_little, explicit_little, explicit_big, deflated_little}) {
    EXPECT_EQ(read_whole(image(syntax).pixels(64).bytes()).flags, Flags()) << syntax;
    EXPECT_EQ(read_whole(image(syntax).bytes()).flags, Flags(no_pixels)) << syntax;
    EXPECT_EQ(read_whole(image(syntax).pixels(0).bytes()).flags, Flags(no_pixels)) << syntax;
    EXPECT_EQ(read_whole(File::instance("1.2.3", "1.2.3.4", "1.2.3.4.5", syntax).bytes()).flags, Flags(no_pixels))
        << "before its Rows";
  }
  EXPECT_TRUE(read_whole(image().bytes() + std::string(512, '\0')).flags.has(no_pixels)) << "the rest are zeros";
  EXPECT_FALSE(read_whole(fragments({"", "abcd"}).bytes()).flags.has(no_pixels));
}

/// `class_uid` and what belongs to it, without Pixel Data.
File of_class(std::string_view class_uid) {
  File file(explicit_little);
  file.text(0x00080016, "UI", class_uid).text(0x00080018, "UI", "1.2.3.4.5").text(0x0020000D, "UI", "1.2.3");
  return file.text(0x0020000E, "UI", "1.2.3.4");
}
bool misses_pixels(const File& file) {
  return read_whole(File(file).meta_sop_uid("1.2.3.4.5").bytes()).flags.has(no_pixels);
}

TEST(Whole, AnObjectThatRightlyHasNoPixelDataMissesNone) {
  constexpr std::string_view without_pixels[] = {
      "1.2.840.10008.5.1.4.1.1.88.33",   // comprehensive SR
      "1.2.840.10008.5.1.4.1.1.11.1",    // grayscale softcopy presentation state
      "1.2.840.10008.5.1.4.1.1.481.5",   // RT plan
      "1.2.840.10008.5.1.4.1.1.481.2",   // RT dose, with histograms alone
      "1.2.840.10008.5.1.4.1.1.481.3",   // RT structure set
      "1.2.840.10008.5.1.4.1.1.9.1.1",   // ECG
      "1.2.840.10008.5.1.4.1.1.104.1",   // encapsulated PDF
      "1.2.840.10008.5.1.4.1.1.66",      // raw data
      "1.2.840.10008.5.1.4.1.1.999.99",  // one that is not known yet
      "1.3.12.2.1107.5.9.1"};            // a private one
  for (const std::string_view one : without_pixels) EXPECT_FALSE(misses_pixels(of_class(one))) << one;
  // MR spectroscopy has Rows and Columns, of voxels.
  EXPECT_FALSE(misses_pixels(of_class("1.2.840.10008.5.1.4.1.1.4.2").us(0x00280010, 8).us(0x00280011, 8)));
  // JPIP: the pixels are fetched.
  EXPECT_FALSE(misses_pixels(image().text(0x00287FE0, "UR", "http://example.org/jpip")));
  EXPECT_FALSE(misses_pixels(image().raw(0x7FE00008, "OF", std::string(256, '\0'))));
}

TEST(Whole, AnObjectOfAnotherClassThatDescribesItsPixelsIsAnImage) {
  for (const std::string_view one : {"1.2.840.10008.5.1.4.1.1.66.4", "1.3.12.2.1107.5.9.1"}) {
    const File described = of_class(one).us(0x00280010, 8).us(0x00280011, 8).us(0x00280100, 8);
    EXPECT_TRUE(misses_pixels(described)) << one;
    EXPECT_FALSE(misses_pixels(File(described).pixels(64))) << one;
  }
}

// ---- the transfer syntax

/// `dataset` behind a meta that declares another.
std::string behind_meta_of(std::string_view syntax, const std::string& dataset) {
  const File declared = File::instance("1.2.3", "1.2.3.4", "1.2.3.4.5", syntax);
  const std::string bytes = declared.bytes();
  return bytes.substr(0, static_cast<std::size_t>(dataset_offset(as_bytes(bytes)))) + dataset;
}

TEST(TransferSyntax, IsTheOneOfTheElementsWhereTheMetaSaysAnother) {
  const std::string_view all[] = {implicit_little, explicit_little, explicit_big};
  for (const auto declared : {implicit_little, explicit_little, explicit_big, deflated_little}) {
    for (const auto real : all) {
      const Attributes read = read_whole(behind_meta_of(declared, image(real).pixels(64).dataset()));
      EXPECT_EQ(read.transfer_syntax, real) << declared;
      EXPECT_EQ(read.flags.has(mismatch), declared != real) << declared << real;
      EXPECT_EQ(read.rows, 8);
    }
  }
}

TEST(TransferSyntax, IsNotTheOneOfACompressionWhenPixelsAreNative) {
  const Attributes native = read_whole(behind_meta_of(testing::jpeg_baseline, image().pixels(64).dataset()));
  EXPECT_TRUE(native.flags.has(mismatch));
  EXPECT_EQ(native.transfer_syntax, explicit_little);
  // A stream of JPEG without fragments has no name.
  const Attributes stream = read_whole(behind_meta_of(testing::jpeg_baseline, image().pixels(20).dataset()));
  EXPECT_TRUE(stream.flags.has(mismatch));
  EXPECT_EQ(stream.transfer_syntax, testing::jpeg_baseline);
  EXPECT_FALSE(stream.flags.has(cut));
  const Attributes compressed = read_whole(behind_meta_of(explicit_little, fragments({"", "abcd"}).dataset()));
  EXPECT_TRUE(compressed.flags.has(mismatch));
  const Attributes implicit = read_whole(behind_meta_of(testing::jpeg_baseline, image(implicit_little).dataset()));
  EXPECT_TRUE(implicit.flags.has(mismatch));
  EXPECT_FALSE(read_whole(fragments({"", "abcd"}).bytes()).flags.has(mismatch));
  EXPECT_FALSE(read_whole(behind_meta_of(testing::jpeg_baseline, image().dataset())).flags.has(mismatch));
  EXPECT_FALSE(read_whole(behind_meta_of("1.2.840.113619.5.2", image().pixels(64).dataset())).flags.has(mismatch))
      << "nothing is known of private ones";
}

TEST(TransferSyntax, OfAStreamThatIsWrappedHasNoName) {
  const std::string wrapped = deflated(image().pixels(64).dataset(), Wrapping::zlib);
  const Attributes read = read_whole(behind_meta_of(deflated_little, wrapped));
  EXPECT_EQ(read.transfer_syntax, deflated_little);
  EXPECT_TRUE(read.flags.has(mismatch));
  EXPECT_FALSE(read.flags.has(cut));
}

TEST(TransferSyntax, IsNotGuessedFromALengthThatSpellsAVr) {
  const File item = File(implicit_little).raw(0x30060050, "DS", std::string(20'048, '1'));  // the length spells "PN"
  for (const bool undefined : {false, true}) {
    const Attributes read =
        read_whole(File::instance("1", "2", "3", implicit_little).sequence(0x30060039, {item}, undefined).bytes());
    EXPECT_EQ(read.flags, Flags(no_pixels));
  }
  const Attributes first = read_whole(
      behind_meta_of(implicit_little, File(implicit_little).raw(0x00080005, "CS", std::string(0x5344, ' ')).dataset() +
                                          image(implicit_little).dataset()));
  EXPECT_EQ(first.flags, Flags(no_pixels));
}

TEST(TransferSyntax, IsNotTakenFromLeftOversOfAMeta) {
  const std::string left = File().text(0x00020010, "UI", implicit_little).dataset();
  const std::string dataset = left + image().pixels(64).dataset();
  const std::string bytes = behind_meta_of(explicit_little, image().pixels(64).dataset());
  const auto begin = static_cast<std::size_t>(dataset_offset(as_bytes(bytes)));
  const std::string odd = bytes.substr(0, begin) + dataset;
  const Attributes read = read_whole(odd);
  EXPECT_EQ(read.transfer_syntax, explicit_little);
  EXPECT_EQ(read.flags, Flags(Flag::odd_encoding));
  EXPECT_EQ(read.rows, 8);
  EXPECT_EQ(dataset_offset(as_bytes(odd)), begin) << "the digest counts every byte of the data set";
  MemorySource source(as_bytes(odd));
  const Result<Header> header = read_header(source, 1 << 20);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->elements.front().tag, Tag{0x00080016});
}

TEST(TransferSyntax, OfADataSetWithoutAFileIsShownByItsElements) {
  const auto shown = [](const std::string& dataset, std::string_view agreed) {
    return shown_syntax(as_bytes(dataset), true, agreed).transfer_syntax;
  };
  for (const auto agreed : {implicit_little, explicit_little, explicit_big, deflated_little}) {
    for (const auto real : {implicit_little, explicit_little, explicit_big})
      EXPECT_EQ(shown(image(real).pixels(64).dataset(), agreed), real) << agreed;
    EXPECT_EQ(shown("neither this nor that", agreed), agreed);
    EXPECT_EQ(shown("", agreed), agreed);
  }
  EXPECT_EQ(shown(deflated(image().dataset(), Wrapping::none), deflated_little), deflated_little);
  EXPECT_EQ(shown(image(implicit_little).dataset(), testing::jpeg_baseline), testing::jpeg_baseline);
  EXPECT_EQ(shown(image(implicit_little).dataset(), "1.2.3"), "1.2.3");
  // One element is no proof.
  EXPECT_EQ(shown(File(implicit_little).text(0x00080005, "CS", "X").dataset() + "what follows it", explicit_little),
            explicit_little);
}

TEST(TransferSyntax, IsNotShownToReadersWhomLeftOversWouldMislead) {
  const auto misleads = [](std::string_view left_in, std::string_view says, std::string_view real) {
    const std::string dataset = File(left_in).text(0x00020010, "UI", says).dataset() + image(real).dataset();
    return shown_syntax(as_bytes(dataset), true, real).is_misleading;
  };
  EXPECT_FALSE(misleads(explicit_little, implicit_little, explicit_little));
  EXPECT_FALSE(misleads(implicit_little, explicit_little, implicit_little));
  EXPECT_TRUE(misleads(explicit_little, implicit_little, implicit_little));
  EXPECT_TRUE(misleads(explicit_little, explicit_big, explicit_little));
  EXPECT_TRUE(misleads(explicit_little, deflated_little, explicit_little));
  EXPECT_TRUE(misleads(explicit_little, explicit_little, explicit_big));
}

}  // namespace
}  // namespace dmw::dicom
