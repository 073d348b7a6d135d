#include "sources/files/zip_reader.h"

#include <map>

#include <gmock/gmock.h>

#include "base/format.h"
#include "sources/files/test_zip.h"

namespace dmw::sources {
namespace {

using ::testing::HasSubstr;

struct Read {
  std::map<std::string, std::string> files;   // what came out whole
  std::map<std::string, std::string> errors;  // by name; "" is that of the archive
};

Read read_all(std::string_view zip, const ZipLimits& limits = {}) {
  Read read;
  dicom::MemorySource source(as_bytes(zip));
  Result<ZipReader> reader = ZipReader::open(source, limits);
  if (!reader) {
    read.errors[""] = reader.error().message();
    return read;
  }
  while (true) {
    const Result<std::optional<ZipEntry>> entry = reader->next();
    if (!entry) read.errors[""] = entry.error().message();
    if (!entry || !*entry) return read;
    std::string bytes;
    const Result<> whole = reader->read([&](ByteView piece) -> Result<> {
      bytes += as_text(piece);
      return {};
    });
    if (whole)
      read.files[(*entry)->name] = bytes;
    else
      read.errors[(*entry)->name] = std::string(name(whole.error().code)) + ": " + whole.error().message();
  }
}

TEST(ZipReader, GivesEveryFileOfAnArchive) {
  const std::string large(3'000'000, 'x');
  for (const Packed packed : {Packed::deflate, Packed::store}) {
    const Read read = read_all(zip_of({{"a/", ""}, {"a/one.dcm", "first"}, {"two", large}, {"empty", ""}}, packed));
    EXPECT_EQ(read.files, (std::map<std::string, std::string>{{"a/one.dcm", "first"}, {"two", large}, {"empty", ""}}));
    EXPECT_TRUE(read.errors.empty());
  }
}

TEST(ZipReader, TakesNamesAsTextOnly) {
  const Read read = read_all(zip_of({{"../../etc/passwd", "1"},
                                     {"a\x01"
                                      "b\n",
                                      "2"},
                                     {"M\xC3\xBCller", "3"}}));
  EXPECT_EQ(read.files.at("../../etc/passwd"), "1");
  EXPECT_EQ(read.files.at("a?b?"), "2");
  EXPECT_EQ(read.files.size(), 3U);
}

TEST(ZipReader, ShowsNamesThatAreNotAscii) {
  constexpr std::uint16_t says_utf8 = 0x0800;
  for (const std::string_view text : {"M\u00FCller/\u00E9tude.dcm", "\u5C71\u7530.dcm", "\U0001F600"}) {
    const std::string name(text);
    const std::string zip = zip_of({{name, "1"}});
    EXPECT_EQ(read_all(zip).files, (std::map<std::string, std::string>{{name, "1"}})) << name;
    EXPECT_EQ(read_all(bent(zip, 6, 8, says_utf8)).files, (std::map<std::string, std::string>{{name, "1"}})) << name;
  }
  EXPECT_EQ(read_all(zip_of({{"M\x81ller \xE1\xFF\x80", "1"}})).files.begin()->first, "M\u00FCller \u00DF\u00A0\u00C7");
}

TEST(ZipReader, PassesOverWhatIsNotReadOfAnArchive) {
  const std::string zip = zip_of({{"one", std::string(100'000, 'a')}, {"two", "b"}});
  dicom::MemorySource source(as_bytes(zip));
  Result<ZipReader> reader = ZipReader::open(source);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader->next())->name, "one");
  EXPECT_EQ((*reader->next())->name, "two");
  EXPECT_FALSE(reader->next()->has_value());
}

TEST(ZipReader, RefusesInWordsWhatItDoesNotUnpack) {
  const std::string good = zip_of({{"image", std::string(1'000, 'i')}});
  EXPECT_THAT(read_all(bent(good, 6, 8, 1)).errors.at("image"), HasSubstr("unsupported: it is encrypted"));
  for (const int method : {9, 12, 14, 93, 98}) {
    const Read read = read_all(bent(good, 8, 10, static_cast<std::uint16_t>(method)));
    EXPECT_THAT(read.errors.at("image"), HasSubstr("unsupported: it is not compressed with deflate")) << method;
  }
  const Read nested = read_all(zip_of({{"inner.zip", good}, {"after", "this is read"}}));
  EXPECT_THAT(nested.errors.at("inner.zip"), HasSubstr("unsupported: an archive within an archive"));
  EXPECT_EQ(nested.files.at("after"), "this is read");
}

TEST(ZipReader, TellsBytesThatAreNotWhatWasPacked) {
  std::string zip = zip_of({{"image", "twenty bytes of text"}, {"after", "fine"}}, Packed::store);
  zip[zip.find("twenty")] = 'T';
  const Read read = read_all(zip);
  EXPECT_THAT(read.errors.at("image"), HasSubstr("corrupted"));
  EXPECT_EQ(read.files.at("after"), "fine");
}

TEST(ZipReader, TellsWhatIsNoArchive) {
  const std::string zip = zip_of({{"image", std::string(100'000, 'i')}});
  for (const std::string& bytes : {std::string("PK\x03\x04 and then nothing"), std::string(), zip.substr(0, 200)})
    EXPECT_FALSE(read_all(bytes).errors.at("").empty());
}

/// A bomb is small and unpacks to anything: what comes out is bounded by what went in.
TEST(ZipReader, StopsABomb) {
  std::vector<std::pair<std::string, std::string>> files;
  const std::string zeros(1'000'000, '\0');
  for (int i = 0; i < 20; ++i) files.emplace_back(format("{}", i), zeros);
  const std::string bomb = zip_of(files);
  ASSERT_LT(bomb.size(), 30'000U);
  const Read read = read_all(bomb, {.unpacked_bytes_free = 5'000'000});
  EXPECT_EQ(read.files.size(), 5U);
  EXPECT_THAT(read.errors.at("5"), HasSubstr("too_large"));
  EXPECT_FALSE(read.errors.at("").empty());
  EXPECT_EQ(read_all(bomb).files.size(), 20U);
}

TEST(ZipReader, BoundsWhatItLearnsOfAnArchive) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 2'000; ++i) files.emplace_back(format("{:0>100}", i), "");
  const std::string zip = zip_of(files);
  EXPECT_THAT(read_all(zip, {.entries = 100}).errors.at(""), HasSubstr("more than 100 files"));
  EXPECT_THAT(read_all(zip, {.directory_bytes = 100'000}).errors.at(""), HasSubstr("directory"));
  EXPECT_EQ(read_all(zip).files.size(), 2'000U);
}

TEST(ZipReader, EndsWithTheErrorOfItsSink) {
  const std::string zip = zip_of({{"image", "i"}});
  dicom::MemorySource source(as_bytes(zip));
  Result<ZipReader> reader = ZipReader::open(source);
  ASSERT_TRUE(reader && reader->next());
  const Result<> read = reader->read([](ByteView) -> Result<> { return fail(Errc::full, "no room"); });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::full);
}

TEST(ZipReader, KnowsAnArchiveFromADicomFileThatLooksLikeOne) {
  EXPECT_TRUE(is_zip(as_bytes(zip_of({{"a", "b"}}))));
  EXPECT_TRUE(is_zip(as_bytes(zip_of({}))));
  std::string polyglot = "PK\x03\x04";
  polyglot.resize(128);
  EXPECT_TRUE(is_zip(as_bytes(polyglot)));
  EXPECT_FALSE(is_zip(as_bytes(polyglot + "DICM")));
  EXPECT_FALSE(is_zip({}));
}

}  // namespace
}  // namespace dmw::sources
