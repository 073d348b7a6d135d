#include "sources/upload/import_desk.h"

#include <future>

#include <gmock/gmock.h>

#include "base/format.h"
#include "base/json.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_peer.h"
#include "sources/orthanc/test_world.h"
#include "testing/dicom_file.h"
#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using ::testing::HasSubstr;

class ImportDeskTest : public ::testing::Test {
 protected:
  explicit ImportDeskTest(std::uint64_t inbox_limit_bytes = 0)
      : door_("import", inbox_of(world_, inbox_limit_bytes), read_, metrics_),
        outcomes_(world_.catalog(), clock_, std::chrono::seconds(30)),
        desk_(door_, outcomes_, world_.catalog(), clock_, uploads_max) {
    http::ServerOptions options;
    options.tcp = {{"127.0.0.1", 0}};
    server_ = http::Server::start(std::move(options), http::Router(desk_.routes())).value();
  }
  ~ImportDeskTest() override { server_->stop(std::chrono::seconds(5)); }

  static inbox::Inbox& inbox_of(World& world, std::uint64_t limit_bytes) {
    world.open_inbox(limit_bytes);
    return world.inbox();
  }
  http::Response send(const std::string& bytes, const std::string& import = "7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8",
                      const std::string& query = "") {
    http::Client client({.base_url = format("http://127.0.0.1:{}", server_->ports().at(0))});
    const http::ByteSupply supply = [&](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
      const ByteView rest = as_bytes(bytes).subspan(offset);
      const std::size_t count = std::min(into.size(), rest.size());
      std::copy_n(rest.begin(), count, into.begin());
      return count;
    };
    http::CallOptions call;
    call.headers = {{"Content-Type", "application/dicom"}};
    return client.send_from("POST", format("/api/v1/imports/{}/files{}", import, query), bytes.size(), supply, call)
        .value();
  }
  std::string outcome(const std::string& bytes) {
    const http::Response response = send(bytes);
    return json::get_string(json::parse(response.body).value().as_object(), "outcome").value_or(response.body);
  }

  static constexpr std::size_t uploads_max = 4;
  World world_;
  Metrics metrics_;
  ManualClock clock_;
  dicom::ReadOptions read_;
  Door door_;
  OutcomeDesk outcomes_;
  ImportDesk desk_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ImportDeskTest, KeepsHowTheCallerCallsTheFile) {
  world_.record();
  const std::string image = dicom_file({});
  send("this is no DICOM file", "7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8", "?name=scans%2Fno%20study.dcm");
  send(image, "7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8", "?name=scans%2F1.dcm");
  EXPECT_EQ(world_.kept().at(0).resource, "scans/no study.dcm");
  EXPECT_EQ(world_.kept().at(1).resource, "scans/1.dcm");
  EXPECT_EQ(world_.count("source_instances"), 0) << "a file is no resource that a source can be asked for";
}

TEST_F(ImportDeskTest, TellsWhatBecameOfEachFile) {
  world_.record();
  const std::string image = dicom_file({});
  EXPECT_EQ(outcome(image), "new");
  EXPECT_EQ(outcome(image), "same");
  EXPECT_EQ(outcome(dicom_file({.description = "other bytes of the same instance"})), "new");
  const http::Response response = send(image.substr(0, 400));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("outcome":"set_aside")"));
  EXPECT_THAT(response.body, HasSubstr(R"("reason":"file ends)"));
  EXPECT_EQ(outcome("nothing that anybody would call DICOM"), "set_aside");
  EXPECT_EQ(world_.count("sessions"), 1) << "all that comes with one import is one session";
  EXPECT_EQ(world_.kept().front().session.correlation_id.text(), "7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8");
}

TEST_F(ImportDeskTest, LogsEachImportOnceWithWhatBecameOfItsFiles) {
  world_.record();
  const std::string image = dicom_file({});
  ASSERT_EQ(outcome(image), "new");
  ASSERT_EQ(outcome(image), "same");
  ASSERT_EQ(outcome("nothing that anybody would call DICOM"), "set_aside");
  testing::internal::CaptureStderr();
  desk_.stop(std::chrono::milliseconds(0));
  desk_.stop(std::chrono::milliseconds(0));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, ::testing::EndsWith("import  3 files from 127.0.0.1 in 0.0 s: 1 new, 1 same, 1 dead letter\n"));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1);
}

TEST_F(ImportDeskTest, WritesNothingForWhatIsKnown) {
  world_.record();
  const std::string image = dicom_file({});
  EXPECT_EQ(outcome(image), "new");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome(image), "same");
  EXPECT_EQ(world_.kept().size(), 1U);
}

TEST_F(ImportDeskTest, CountsOneOfTwinsThatComeAtOnceAsNew) {
  const std::string image = dicom_file({});
  std::future<std::string> first = std::async(std::launch::async, [&] { return outcome(image); });
  std::future<std::string> second = std::async(std::launch::async, [&] { return outcome(image); });
  ASSERT_TRUE(eventually([&] { return world_.inbox().depth().items == 2; }));
  world_.record();
  EXPECT_THAT((std::vector{first.get(), second.get()}), ::testing::UnorderedElementsAre("new", "same"));
}

TEST_F(ImportDeskTest, SaysThatAFileIsKeptWhenNobodyRecordsIt) {
  std::future<http::Response> answer = std::async(std::launch::async, [&] { return send(dicom_file({})); });
  ASSERT_TRUE(eventually([&] { return world_.inbox().depth().items == 1; }));
  ASSERT_TRUE(passes_until_ready(clock_, answer));
  const http::Response response = answer.get();
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(response.body, HasSubstr(R"("outcome":"kept")"));
}

TEST_F(ImportDeskTest, SaysThatAFileIsKeptWhenTheServerStops) {
  std::future<http::Response> answer = std::async(std::launch::async, [&] { return send(dicom_file({})); });
  ASSERT_TRUE(eventually([&] { return world_.inbox().depth().items == 1; }));
  server_->stop(std::chrono::seconds(5));
  const http::Response response = answer.get();
  EXPECT_EQ(response.status, 202) << response.body;
  EXPECT_THAT(response.body, HasSubstr(R"("outcome":"kept")"));
}

TEST_F(ImportDeskTest, TellsATwinThatComesWhileTheFirstIsTold) {
  world_.record();
  ASSERT_EQ(outcome(dicom_file({})), "new");
  const World::Kept recorded = world_.kept().front();
  const OutcomeDesk::Expected instance{
      .session = recorded.session.id,
      .dataset = catalog::DatasetName{StudyUid("1.2.3"), SopUid("1.2.3.1.1"), recorded.dataset},
      .told = {}};
  OutcomeDesk desk(world_.catalog(), clock_, std::chrono::seconds(30));
  std::promise<Outcome> of_first;
  std::promise<Outcome> of_twin;
  OutcomeDesk::Expected first = instance;
  first.told = [&](Outcome outcome) {
    OutcomeDesk::Expected twin = instance;
    twin.told = [&](Outcome of_it) { of_twin.set_value(of_it); };
    desk.expect(std::move(twin)).finished();
    of_first.set_value(outcome);
  };
  desk.expect(std::move(first)).finished();
  EXPECT_EQ(of_first.get_future().get(), Outcome::added);
  EXPECT_EQ(of_twin.get_future().get(), Outcome::same);
}

class SmallInboxTest : public ImportDeskTest {
 protected:
  SmallInboxTest() : ImportDeskTest(1'000'000) {}
};

TEST_F(SmallInboxTest, RefusesWhatCannotFitBeforeItsBytesCome) {
  auto socket = http::TestSocket::connect(server_->ports().at(0));
  socket.say(
      "POST /api/v1/imports/7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8/files HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/dicom\r\nExpect: 100-continue\r\nContent-Length: 4294967296\r\n\r\n");
  const std::string heard = socket.hear_all();
  EXPECT_THAT(heard, ::testing::StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(heard, HasSubstr("raise INBOX_LIMIT_GIB"));
  EXPECT_EQ(send(dicom_file({.pixel_bytes = 1'100'000})).status, 413) << "also where nobody asks first";
  world_.record();
  EXPECT_EQ(outcome(dicom_file({})), "new");
}

TEST_F(ImportDeskTest, WantsAUuid) {
  const http::Response response = send(dicom_file({}), "last-week");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(world_.inbox().depth().items, 0U);
}

TEST_F(ImportDeskTest, TakesAFileOfAnySize) {
  world_.record();
  EXPECT_EQ(outcome(dicom_file({.pixel_bytes = 40U << 20U})), "new");
  EXPECT_GT(world_.kept().front().size, 40U << 20U);
}

}  // namespace
}  // namespace dmw::sources
