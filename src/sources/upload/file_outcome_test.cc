// What a caller of a plain upload hears who waits (Prefer: wait=N).
#include <future>

#include <gmock/gmock.h>

#include "base/format.h"
#include "base/json.h"
#include "http/client.h"
#include "http/server.h"
#include "sources/files/test_zip.h"
#include "sources/orthanc/test_world.h"
#include "sources/upload/upload_door.h"
#include "testing/dicom_file.h"
#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FileOutcomeTest : public ::testing::Test {
 protected:
  FileOutcomeTest()
      : desk_(world_.catalog(), clock_, std::chrono::seconds(30)),
        door_({.inbox = world_.inbox(), .read = read_, .metrics = metrics_, .clock = clock_, .outcomes = &desk_}) {
    http::ServerOptions options;
    options.tcp = {{"127.0.0.1", 0}};
    server_ = http::Server::start(std::move(options), http::Router(door_.routes())).value();
  }
  ~FileOutcomeTest() override { server_->stop(std::chrono::seconds(5)); }

  http::Response send(const std::string& body, std::string prefer = "wait=20") {
    http::Client client({.base_url = format("http://127.0.0.1:{}", server_->ports().at(0))});
    http::CallOptions call;
    call.headers = {{"Content-Type", "application/dicom"}, {"Prefer", std::move(prefer)}};
    return client.post("/api/v1/instances", body, call).value();
  }
  static std::vector<std::string> outcomes(const http::Response& response) {
    std::vector<std::string> found;
    const json::value body = json::parse(response.body).value();
    for (const json::value& result : body.at("results").as_array())
      found.push_back(json::get_string(result.as_object(), "outcome").value_or("-"));
    return found;
  }
  static std::string counts(const http::Response& response) {
    const json::value body = json::parse(response.body).value();
    std::string text;
    for (const char* const name : {"new", "same", "set_aside", "refused"})
      text += format("{} {} ", json::get_int(body.as_object(), name).value_or(-1), name);
    return text;
  }

  World world_;
  Metrics metrics_;
  ManualClock clock_;
  dicom::ReadOptions read_;
  OutcomeDesk desk_;
  UploadDoor door_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(FileOutcomeTest, TellsWhatBecameOfAFile) {
  world_.record();
  const std::string image = dicom_file({});
  const http::Response first = send(image);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.headers.get("Preference-Applied"), "wait=20");
  EXPECT_THAT(outcomes(first), ElementsAre("new"));
  EXPECT_EQ(counts(first), "1 new 0 same 0 set_aside 0 refused ");
  EXPECT_THAT(outcomes(send(image)), ElementsAre("same"));
}

TEST_F(FileOutcomeTest, TellsWhatBecameOfTheFilesOfAnArchive) {
  world_.record();
  const std::string image = dicom_file({});
  const std::string other = dicom_file({.description = "other bytes of the same instance"});
  const http::Response mixed = send(zip_of({{"1", image}, {"2", image}, {"3", other}, {"README", "read me"}}));
  EXPECT_EQ(mixed.status, 207);
  EXPECT_EQ(counts(mixed), "2 new 1 same 0 set_aside 1 refused ");
  EXPECT_EQ(send(zip_of({{"1", image}, {"3", other}})).status, 200);
}

TEST_F(FileOutcomeTest, TellsWhySomethingIsSetAside) {
  world_.record();
  read_.limit_bytes = 1'000;
  const http::Response response = send(dicom_file({.description = std::string(5'000, 'x')}));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(counts(response), "0 new 0 same 1 set_aside 0 refused ");
  EXPECT_THAT(response.body, HasSubstr("HEADER_LIMIT_MIB"));
}

TEST_F(FileOutcomeTest, SaysThatAFileIsKeptWhenTimeIsUp) {
  std::future<http::Response> answer = std::async(std::launch::async, [&] { return send(dicom_file({}), "wait=300"); });
  ASSERT_TRUE(eventually([&] { return world_.inbox().depth().items == 1; }));
  ASSERT_TRUE(passes_until_ready(clock_, answer));
  const http::Response response = answer.get();
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.headers.get("Preference-Applied"), "wait=30") << "as long as anybody may wait";
  EXPECT_THAT(outcomes(response), ElementsAre("kept"));
  EXPECT_EQ(counts(response), "0 new 0 same 0 set_aside 0 refused ");
}

TEST_F(FileOutcomeTest, SaysThatAFileIsKeptWhenTheProgramStops) {
  std::future<http::Response> answer = std::async(std::launch::async, [&] { return send(dicom_file({})); });
  ASSERT_TRUE(eventually([&] { return world_.inbox().depth().items == 1; }));
  door_.begin_stop(std::chrono::seconds(5));
  EXPECT_THAT(outcomes(answer.get()), ElementsAre("kept"));
}

TEST_F(FileOutcomeTest, WaitsForNothingThatNobodyAskedFor) {
  const http::Response response = send(dicom_file({}), "return=minimal");
  EXPECT_EQ(response.status, 202);
  EXPECT_FALSE(response.headers.get("Preference-Applied"));
  EXPECT_EQ(response.body.find("set_aside"), response.body.npos);
}

}  // namespace
}  // namespace dmw::sources
