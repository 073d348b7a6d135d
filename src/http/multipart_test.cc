#include "http/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "http/test_body.h"

namespace dmw::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Each part as "type:bytes", or the error.
Result<std::vector<std::string>> parts_of(MemoryBody body, std::string_view boundary = "b") {
  MultipartReader reader(body, boundary);
  std::vector<std::string> parts;
  for (;;) {
    const std::optional<Headers> headers = TRY(reader.next_part());
    if (!headers) return parts;
    std::string part(headers->get("Content-Type").value_or("none"));
    part += ':';
    for (;;) {
      const ByteView bytes = TRY(reader.read());
      if (bytes.empty()) break;
      part += as_text(bytes);
    }
    parts.push_back(std::move(part));
  }
}
Result<std::vector<std::string>> parts_of(std::string_view text, std::size_t piece = 1'000) {
  return parts_of(MemoryBody::of(text, piece));
}
std::string sentence(std::string_view text) {
  const auto parts = parts_of(text);
  return parts ? "no error" : parts.error().message();
}

TEST(Multipart, GivesTheSamePartsInWhateverPiecesTheyCome) {
  const std::string text =
      "a preamble\r\n--b \t\r\nContent-Type: application/dicom\r\n\r\none\r\n--c\r\r\n-\r\n--\r\n"
      "\r\n--b\r\n\r\n\r\n--b\r\ncontent-type:\r\n\tapplication/dicom;\r\n  x=y\r\n\r\n\r\r\n\r\n--b--\r\nan "
      "epilogue\r\n--b\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const auto parts = parts_of(text, piece);
    ASSERT_TRUE(parts) << parts.error().message();
    EXPECT_THAT(*parts,
                ElementsAre("application/dicom:one\r\n--c\r\r\n-\r\n--\r\n", "none:", "application/dicom; x=y:\r\r\n"))
        << piece;
  }
}

TEST(Multipart, NeedsNoLineBeforeTheFirstBoundaryNorAfterTheLast) {
  EXPECT_THAT(parts_of("--b\r\n\r\nx\r\n--b--").value(), ElementsAre("none:x"));
  EXPECT_THAT(parts_of("--b--").value(), ElementsAre());
  EXPECT_THAT(parts_of("--b\r\n\r\n\r\n--b--").value(), ElementsAre("none:"));
}

TEST(Multipart, PassesOverWhatNobodyReads) {
  MemoryBody body = MemoryBody::of("--b\r\nA: 1\r\n\r\nskipped\r\n--b\r\nA: 2\r\n\r\nx\r\n--b--\r\n", 3);
  MultipartReader reader(body, "b");
  EXPECT_EQ(reader.next_part().value()->get("a"), "1");
  EXPECT_EQ(reader.next_part().value()->get("a"), "2");
  EXPECT_FALSE(reader.next_part().value());
  EXPECT_FALSE(reader.next_part().value());
}

TEST(Multipart, SaysWhatIsWrong) {
  EXPECT_EQ(sentence("--b\r\n\r\nhalf an ima"), "the body ends without its end boundary");
  EXPECT_EQ(sentence("--b\r\n\r\nx\r\n--b"), "the body ends without its end boundary");
  EXPECT_EQ(sentence("--b\r\nContent-Type: applica"), "the body ends without its end boundary");
  EXPECT_EQ(sentence(""), "the body does not have the boundary of its Content-Type");
  EXPECT_EQ(sentence("--other\r\n\r\nx\r\n--other--\r\n"), "the body does not have the boundary of its Content-Type");
  EXPECT_EQ(sentence(std::string(100'000, 'x')), "there is no boundary in the first 64 KiB of the body");
  EXPECT_THAT(sentence("--b\n\nx\n--b--\n"), HasSubstr("LF only"));
  EXPECT_EQ(sentence("--bc\r\n\r\nx\r\n--b--\r\n"), "a boundary is followed by other text");
  EXPECT_THAT(sentence("--b\r\nno field\r\n\r\nx\r\n--b--\r\n"), HasSubstr("not a field"));
  EXPECT_THAT(sentence("--b\r\nA: " + std::string(20'000, 'x') + "\r\n\r\nx\r\n--b--\r\n"), HasSubstr("too long"));
  EXPECT_THAT(sentence("--b\r\n\r\nx\r\n--b--\r\n" + std::string(100'000, 'x')), HasSubstr("follow the end boundary"));
}

TEST(Multipart, GivesTheErrorOfTheBody) {
  const Error gone{Errc::unavailable, "gone", {}};
  for (const std::string text : {"", "--b", "--b\r\nA", "--b\r\n\r\nx", "--b\r\n\r\nx\r\n--b--"}) {
    const auto parts = parts_of(MemoryBody({text + "\r"}, gone));
    ASSERT_FALSE(parts) << text;
    EXPECT_EQ(parts.error().code, Errc::unavailable) << text;
  }
}

TEST(Multipart, FindsTheBoundaryInItsType) {
  const auto boundary = [](std::string_view type) { return boundary_of(MediaType::parse(type).value()); };
  EXPECT_EQ(boundary("multipart/related; type=application/dicom; boundary=abc"), "abc");
  EXPECT_EQ(boundary(R"(multipart/related;boundary="a b:\"c\\" ; type="application/dicom")"), R"(a b:"c\)");
  EXPECT_FALSE(boundary("multipart/related"));
  EXPECT_FALSE(boundary("multipart/related; boundary=\"\""));
  EXPECT_FALSE(boundary("multipart/related; boundary=" + std::string(201, 'x')));
  EXPECT_FALSE(boundary("multipart/related; boundary=\"a\rb\""));
}

}  // namespace
}  // namespace dmw::http
