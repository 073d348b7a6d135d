#include "dicom/element_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/dicom_json.h"
#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;
using ::testing::HasSubstr;

/// The value of the element at `path`, "-" if there is none.
std::string value_at(const std::string& bytes, std::string_view path) {
  MemorySource source(as_bytes(bytes));
  const Header header = read_header(source, 16 << 20).value();
  const std::optional<ElementPath> parsed = ElementPath::parse(path);
  const Element* const found = parsed ? parsed->find(header.elements) : nullptr;
  return found == nullptr ? "-" : bytes.substr(found->offset, found->length);
}

TEST(ElementPath, FindsWhatItNames) {
  const auto one = [](std::string_view text) { return File().text(0x00080104, "LO", text); };
  const std::string bytes =
      File::instance()
          .text(0x00081030, "LO", "top")
          .sequence(0x00081115, {one("aa"), one("bb").sequence(0x00400555, {one("cc"), one("dd")})})
          .sequence(0x00400555, {one("ee")}, true)
          .text(0x00400556, "ST", "last")
          .bytes();
  EXPECT_EQ(value_at(bytes, "00081030"), "top ");
  EXPECT_EQ(value_at(bytes, "00081115.1.00080104"), "aa");
  EXPECT_EQ(value_at(bytes, "00081115.2.00080104"), "bb");
  EXPECT_EQ(value_at(bytes, "00081115.2.00400555.2.00080104"), "dd");
  EXPECT_EQ(value_at(bytes, "00400555.1.00080104"), "ee");
  EXPECT_EQ(value_at(bytes, "00400556"), "last");
  for (const char* nothing : {"00081031", "00081115.3.00080104", "00081115.1.00400555.1.00080104", "00080104",
                              "00400555.2.00080104", "00081115.2.00400555.3.00080104", "00081115.2.00081030"})
    EXPECT_EQ(value_at(bytes, nothing), "-") << nothing;
}

TEST(ElementPath, ReadsNoOtherText) {
  for (const char* wrong : {"", ".", "0008103", "000810300", "0008103x", "0008103a", "00081115.", "00081115.1",
                            "00081115.1.", "00081115.0.00080104", "00081115.01.00080104", "00081115.-1.00080104",
                            "00081115.4294967296.00080104", "00081115..00080104", "../00081030"})
    EXPECT_FALSE(ElementPath::parse(wrong)) << wrong;
  std::string deep;
  for (int level = 0; level < 100'000; ++level) deep += "00400555.1.";
  EXPECT_FALSE(ElementPath::parse(deep + "00080104"));
}

TEST(ElementPath, IsWhatTheJsonNames) {
  const File inner = File().raw(0x00420011, "OB", std::string(64, 'x'));
  const std::string bytes =
      File::instance()
          .sequence(0x00400555, {File().text(0x00080104, "LO", "a"), File().sequence(0x00081115, {inner, inner})})
          .raw(0x00420011, "OB", std::string(64, 'y'))
          .text(0x00420012, "UT", std::string(64, 'z'))
          .bytes();
  MemorySource source(as_bytes(bytes));
  const Header header = read_header(source, 16 << 20).value();
  JsonOptions options{.inline_binary_bytes = 16, .text_bytes = 63};
  const std::string without = to_dicom_json(source, header, options).value();
  EXPECT_EQ(without.find("BulkDataURI"), std::string::npos) << "nobody is told where that would be";
  options.bulk_data_uri = "/values/";
  const std::string json = to_dicom_json(source, header, options).value();
  EXPECT_THAT(json, HasSubstr(R"("00420011":{"vr":"OB","BulkDataURI":"/values/00420011"})"));
  EXPECT_THAT(json, HasSubstr(R"("00420012":{"vr":"UT","BulkDataURI":"/values/00420012"})"));
  EXPECT_THAT(json, HasSubstr(R"("BulkDataURI":"/values/00400555.2.00081115.2.00420011")"));
  EXPECT_EQ(value_at(bytes, "00400555.2.00081115.2.00420011"), std::string(64, 'x'));
}

}  // namespace
}  // namespace dmw::dicom
