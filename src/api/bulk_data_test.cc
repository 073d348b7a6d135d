// Values that are too long for the metadata of an instance, and where BulkDataURI says that they are.
#include <gmock/gmock.h>

#include "api/test_api.h"
#include "dicom/part10_writer.h"

namespace dmw::api {
namespace {

using dicom::Part10Writer;
using testing::HasSubstr;

constexpr std::size_t kPiece = 1 << 20;

class BulkData : public ApiTest {
 protected:
  /// The place of the one value that is left out.
  std::string place(std::int64_t id) {
    const std::string text = get(format("/api/v1/instances/{}/metadata", id)).body;
    const Result<json::value> parsed = json::parse(text);
    EXPECT_TRUE(parsed) << text;
    const std::string member = "\"BulkDataURI\":\"";
    const std::size_t at = text.find(member);
    EXPECT_NE(at, std::string::npos) << text;
    const std::size_t begin = at + member.size();
    return text.substr(begin, text.find('"', begin) - begin);
  }
  static std::string counted_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>(at * 7 + at / 251);
    return bytes;
  }
};

TEST_F(BulkData, IsTheValueAndAnyRangeOfIt) {
  const std::string value = counted_bytes(3 * kPiece + 10);
  const std::int64_t id = take_in(Part10Writer::instance("1.2.3", "1.2.3.4", "1.2.3.1")
                                      .sequence(0x00400555, {Part10Writer().text(0x00080104, "LO", "first"),
                                                             Part10Writer().raw(0x00420011, "OB", value)})
                                      .pixels(64)
                                      .bytes());
  start();
  const std::string path = place(id);
  EXPECT_EQ(path, format("/api/v1/instances/{}/bulkdata/00400555.2.00420011", id));
  const auto whole = get(path);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.headers.get("Content-Type"), "application/octet-stream");
  EXPECT_TRUE(whole.body == value);
  const auto part = get(path, {{"Range", "bytes=1048570-2097160"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.headers.get("Content-Range"), format("bytes 1048570-2097160/{}", value.size()));
  EXPECT_TRUE(part.body == value.substr(1048570, 1048591));
  problem_in(get(path, {{"Range", "bytes=99999999-"}}), 416);
  EXPECT_EQ(get(path, {{"If-None-Match", std::string(whole.headers.get("ETag").value())}}).status, 304);
}

TEST_F(BulkData, IsInLittleEndianOfABigEndianFile) {
  std::string value = counted_bytes(2 * kPiece + 2);
  const std::int64_t id = take_in(
      Part10Writer::instance("1.2.3", "1.2.3.4", "1.2.3.1", dicom::explicit_big).raw(0x00281201, "OW", value).bytes());
  start();
  for (std::size_t at = 0; at + 1 < value.size(); at += 2) std::swap(value[at], value[at + 1]);
  const auto whole = get(place(id), {{"Range", "bytes=1-2"}});
  EXPECT_EQ(whole.status, 200) << "half a value cannot be turned round";
  EXPECT_TRUE(whole.body == value);
}

TEST_F(BulkData, IsInflatedOfADeflatedFile) {
  const std::string value = counted_bytes(2 * kPiece);
  const std::int64_t id = take_in(Part10Writer::instance("1.2.3", "1.2.3.4", "1.2.3.1", dicom::deflated_little)
                                      .raw(0x00420011, "OB", value)
                                      .bytes());
  start();
  const std::string path = place(id);
  EXPECT_TRUE(get(path).body == value);
  EXPECT_TRUE(get(path, {{"Range", "bytes=-5"}}).body == value.substr(value.size() - 5));
}

TEST_F(BulkData, IsNothingButAValueOfTheHeader) {
  const std::int64_t id =
      take_in(Part10Writer::instance("1.2.3", "1.2.3.4", "1.2.3.1").sequence(0x00400555, {}).pixels(64).bytes());
  start();
  for (const char* path : {"7FE00010", "00400555", "00100020", "0020000d", "00400555.1.00420011", "x", "..%2F..%2Ffile",
                           "00420011%00", "00400555.99999999999999999999.00420011", "FFFEE000"}) {
    const auto response = get(format("/api/v1/instances/{}/bulkdata/{}", id, path));
    EXPECT_TRUE(response.status == 404 || response.status == 400) << path << ' ' << response.status;
  }
  EXPECT_EQ(get(format("/api/v1/instances/{}/bulkdata/0020000D", id)).body, std::string("1.2.3\0", 6));
  problem_in(get("/api/v1/instances/999/bulkdata/0020000D"), 404);
}

}  // namespace
}  // namespace dmw::api
