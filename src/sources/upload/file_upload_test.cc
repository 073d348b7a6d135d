#include <gmock/gmock.h>

#include "sources/files/test_zip.h"
#include "sources/upload/test_upload.h"
#include "testing/eventually.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FileUploadTest : public StowDoorTest {
 protected:
  http::Response upload(const std::string& body, std::string_view type = "application/octet-stream") {
    return post("/api/v1/instances", body, {{"Content-Type", std::string(type)}});
  }
  /// A member of each result.
  static std::vector<std::string> told(const http::Response& response, std::string_view member) {
    std::vector<std::string> found;
    const json::object body = object_in(response);
    for (const json::value& result : body.at("results").as_array())
      found.push_back(json::get_string(result.as_object(), member).value_or("-"));
    return found;
  }
};

TEST_F(FileUploadTest, KeepsOneFileWhateverItsTypeIsCalled) {
  open();
  const http::Response response = upload(image("1.5", "1.2.3", 500'000));
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(told(response, "outcome"), ElementsAre("kept"));
  EXPECT_THAT(told(response, "sop_instance_uid"), ElementsAre("1.5"));
  EXPECT_THAT(told(response, "name"), ElementsAre("-"));
  EXPECT_EQ(upload(image("2"), "application/x-www-form-urlencoded").status, 202);
  EXPECT_EQ(kept_files(), digests({image("1.5", "1.2.3", 500'000), image("2")}));
}

TEST_F(FileUploadTest, TellsTheCallersOwnWordForIt) {
  open();
  const auto told_of = [&](http::Headers headers) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(post("/api/v1/instances", image("1"), std::move(headers)).status, 202);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(told_of({{"X-Correlation-ID", "order 66"}}), HasSubstr("(X-Correlation-ID: order 66)"));
  EXPECT_THAT(told_of({}), testing::Not(HasSubstr("X-Correlation-ID")));
}

TEST_F(FileUploadTest, KeepsWhatIsInAnArchive) {
  open();
  const http::Response all =
      upload(zip_of({{"a/1.dcm", image("1")}, {"2.dcm", image("2", "1.2.3", 300'000)}}), "application/zip");
  EXPECT_EQ(all.status, 202);
  EXPECT_THAT(told(all, "name"), ElementsAre("a/1.dcm", "2.dcm"));
  const http::Response some = upload(zip_of({{"3.dcm", image("3")}, {"README.TXT", "read me"}}));
  EXPECT_EQ(some.status, 207);
  EXPECT_THAT(told(some, "outcome"), ElementsAre("kept", "refused"));
  const http::Response none = upload(zip_of({{"README.TXT", "read me"}}));
  EXPECT_EQ(none.status, 422);
  EXPECT_EQ(none.headers.get("Content-Type"), "application/problem+json");
  EXPECT_THAT(none.body, HasSubstr("README.TXT"));
  EXPECT_EQ(kept_files(), digests({image("1"), image("2", "1.2.3", 300'000), image("3")}));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
    EXPECT_FALSE(entry.path().filename().string().starts_with("upload.")) << "an archive leaves nothing";
}

TEST_F(FileUploadTest, RefusesAFileThatIsCutAndTakesItOutOfAnArchive) {
  open();
  const std::string cut = image("1").substr(0, image("1").size() - 1);
  const http::Response alone = upload(cut);
  EXPECT_EQ(alone.status, 422);
  EXPECT_THAT(alone.body, HasSubstr("cut"));
  EXPECT_EQ(spooled(), 0U);
  // Who packed it has nothing better, or is not here.
  EXPECT_EQ(upload(zip_of({{"1.dcm", cut}})).status, 202);
  const auto items = inbox_->claim(10, UINT64_MAX).value();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_TRUE(items[0].header->flags.has(Flag::truncated_pixel_data));
}

TEST_F(FileUploadTest, KeepsNothingOfABodyThatIsShorterThanItSays) {
  open();
  for (const std::string_view framing : {"Content-Length: 100000", "Transfer-Encoding: chunked"}) {
    {
      auto socket = http::TestSocket::connect(port());
      const std::string chunk = framing.starts_with("T") ? "F4240\r\n" : "";
      socket.say(
          format(
              "POST /api/v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\n{}\r\n\r\n{}",
              framing, chunk) +
          image("1", "1.2.3", 10'000));
      ASSERT_TRUE(eventually([&] { return spooled() >= 1; }));
    }
    ASSERT_TRUE(eventually([&] { return spooled() == 0; }));
    EXPECT_EQ(kept(), 0U) << framing;
  }
}

TEST_F(FileUploadTest, SaysWhatIsWrong) {
  open();
  const auto problem = [&](const std::string& body, int status) {
    const http::Response response = upload(body);
    EXPECT_EQ(response.status, status) << response.body;
    return json::get_string(object_in(response), "detail").value_or("");
  };
  EXPECT_EQ(problem("", 400), "there is no instance in the body");
  EXPECT_THAT(problem("no DICOM", 422), HasSubstr("DICM"));
  EXPECT_THAT(problem(image("1").substr(0, 300), 422), HasSubstr("ends"));
  const std::string archive = zip_of({{"1.dcm", image("1")}});
  EXPECT_NE(problem(archive.substr(0, archive.size() / 2), 422), "");
  EXPECT_EQ(spooled(), 0U);
}

TEST_F(FileUploadTest, CountsAnArchiveInTheInboxWhileItIsRead) {
  open(1'000'000);
  const std::string archive = zip_of({{"1.dcm", image("1", "1.2.3", 600'000)}}, Packed::store);
  EXPECT_EQ(upload(archive).status, 507);
  EXPECT_EQ(spooled(), 0U);
  EXPECT_EQ(upload(zip_of({{"1.dcm", image("1", "1.2.3", 600'000)}})).status, 202) << "packed, both fit";
}

TEST_F(FileUploadTest, RefusesWhatCanNeverFitForGood) {
  open(1'000'000);
  const http::Response file = upload(image("1", "1.2.3", 1'100'000));
  EXPECT_EQ(file.status, 413);
  EXPECT_THAT(file.body, HasSubstr("raise INBOX_LIMIT_GIB"));
  EXPECT_EQ(upload(zip_of({{"1", image("1", "1.2.3", 1'100'000)}}, Packed::store)).status, 413);
  const http::Response some = upload(zip_of({{"1", image("1", "1.2.3", 1'100'000)}, {"2", image("2")}}));
  EXPECT_EQ(some.status, 207);
  EXPECT_THAT(told(some, "outcome"), ElementsAre("refused", "kept"));
}

/// ENOENT, ENOTDIR and EEXIST of our own disk.
TEST_F(FileUploadTest, IsNeverBlamedForOurOwnDisk) {
  open();
  const auto expect_ours = [&](const http::Response& response) {
    EXPECT_EQ(response.status, 503) << response.body;
    EXPECT_TRUE(response.headers.get("Retry-After"));
    EXPECT_FALSE(response.body.contains(directory_.path().string())) << "no path of ours: " << response.body;
  };
  for (const bool as_a_file : {false, true}) {
    std::filesystem::remove_all(directory_ / "spool");
    if (as_a_file) std::ofstream(directory_ / "spool") << "no folder";
    expect_ours(upload(image("1")));
    expect_ours(upload(zip_of({{"1.dcm", image("1")}})));
    expect_ours(store({image("1"), image("2")}));
  }
  EXPECT_EQ(kept(), 0U);
}

TEST_F(FileUploadTest, UnpacksNoFurtherWhenTheProgramStops) {
  open();
  door_->begin_stop(std::chrono::milliseconds(0));
  const http::Response response = upload(zip_of({{"1.dcm", image("1")}}));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("stops"));
  EXPECT_EQ(spooled(), 0U);
}

}  // namespace
}  // namespace dmw::sources
