#include "sources/upload/upload_door.h"

#include <gmock/gmock.h>

#include "base/deflate.h"
#include "sources/upload/store_response.h"
#include "sources/upload/test_upload.h"
#include "testing/eventually.h"

namespace dmw::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view failed = "00081198";
constexpr std::string_view referenced = "00081199";
constexpr std::string_view other_failures = "0008119A";
constexpr std::string_view failure_reason = "00081197";

TEST_F(StowDoorTest, KeepsEveryInstanceByteForByte) {
  open();
  const std::vector<std::string> files = {image("1"), image("2", "1.2.3", 300'000), image("3", "9.9")};
  const http::Response response = store(files, "/dicom-web/studies",
                                        {{"X-Correlation-ID", "7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8"},
                                         {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/dicom+json");
  EXPECT_THAT(values(response, referenced), ElementsAre("1", "2", "3"));
  EXPECT_FALSE(object_in(response).contains(failed));

  const auto items = inbox_->claim(10, UINT64_MAX).value();
  ASSERT_EQ(items.size(), 3U);
  std::multiset<std::string> bytes;
  for (const SpooledInstance& item : items) {
    bytes.insert(digest(read_file(item.file)));
    EXPECT_EQ(item.session.id, items[0].session.id);
    EXPECT_EQ(item.session.kind, SessionKind::stow);
    EXPECT_EQ(item.session.source, "stow");
    EXPECT_EQ(item.session.correlation_id.text(), "7d9f2c1a-5b0e-4c67-9a53-0f4de2a1b6c8");
    EXPECT_THAT(item.session.traceparent, StartsWith("00-4bf9"));
    EXPECT_THAT(item.session.peer, StartsWith("127.0.0.1:"));
    EXPECT_TRUE(item.header.is_readable());
  }
  EXPECT_EQ(bytes, digests(files));
}

TEST_F(StowDoorTest, SaysOfEachInstanceWhatBecameOfIt) {
  open();
  const std::string cut = image("4").substr(0, 300);
  const http::Response response =
      store({image("1"), image("2", "5.5"), "no DICOM at all", cut}, "/dicom-web/studies/1.2.3");
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(values(response, referenced), ElementsAre("1"));
  EXPECT_THAT(values(response, failed), ElementsAre("2", "4"));
  EXPECT_THAT(values(response, failed, failure_reason), ElementsAre(0xA900, 0xC000));
  EXPECT_THAT(values(response, other_failures, failure_reason), ElementsAre(0xC000));
  EXPECT_EQ(response.headers.count("Warning"), 3U);
  EXPECT_THAT(response.headers.get("Warning").value(),
              HasSubstr("299 dicom-middleware \"part 2: it belongs to another study than the one in the URL\""));
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(spooled(), 1U) << "what was refused leaves nothing";
  EXPECT_THAT(metrics_.text(), HasSubstr(R"(source_refused_total{reason="conflict",source="stow"} 1)"));

  const http::Response none = store({"no DICOM at all"});
  EXPECT_EQ(none.status, 409);
  EXPECT_EQ(none.headers.get("Content-Type"), "application/dicom+json");
  EXPECT_THAT(values(none, referenced), IsEmpty());
}

TEST_F(StowDoorTest, WarnsOfAFileThatNamesAnotherInstance) {
  open();
  const std::string odd = dicom::testing::File::instance().meta_sop_uid("7.7").pixels(10).bytes();
  const http::Response response = store({odd});
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(values(response, referenced, "00081196"), ElementsAre(0xB007));
}

TEST(StoreResponse, HasItsRetrieveUrlAndNoEmptyValues) {
  std::deque<StoreResult> results(1);
  results[0].sop_uid = "1.2";
  const http::Answer as_json = store_response({}, results);
  EXPECT_EQ(std::get<std::string>(as_json.body),
            R"({"00081190":{"vr":"UR"},"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI"},)"
            R"("00081155":{"vr":"UI","Value":["1.2"]},"00081190":{"vr":"UR"}}]}})");
  http::Request request;
  request.headers.add("Accept", "application/dicom+xml");
  EXPECT_THAT(std::get<std::string>(store_response(request, results).body),
              HasSubstr(R"(keyword="ReferencedSOPClassUID"></DicomAttribute>)"));
}

TEST_F(StowDoorTest, AnswersAsXmlWhereThatIsPreferred) {
  open();
  const http::Response response =
      store({image("1"), image("2", "5.5")}, "/dicom-web/studies/1.2.3", {{"Accept", "application/dicom+xml"}});
  EXPECT_EQ(response.headers.get("Content-Type"), "application/dicom+xml");
  EXPECT_EQ(
      response.body,
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">)"
      R"(<DicomAttribute tag="00081190" vr="UR" keyword="RetrieveURL"></DicomAttribute>)"
      R"(<DicomAttribute tag="00081198" vr="SQ" keyword="FailedSOPSequence"><Item number="1">)"
      R"(<DicomAttribute tag="00081150" vr="UI" keyword="ReferencedSOPClassUID">)"
      R"(<Value number="1">1.2.840.10008.5.1.4.1.1.2</Value></DicomAttribute>)"
      R"(<DicomAttribute tag="00081155" vr="UI" keyword="ReferencedSOPInstanceUID"><Value number="1">2</Value></DicomAttribute>)"
      R"(<DicomAttribute tag="00081197" vr="US" keyword="FailureReason"><Value number="1">43264</Value></DicomAttribute>)"
      R"(</Item></DicomAttribute>)"
      R"(<DicomAttribute tag="00081199" vr="SQ" keyword="ReferencedSOPSequence"><Item number="1">)"
      R"(<DicomAttribute tag="00081150" vr="UI" keyword="ReferencedSOPClassUID">)"
      R"(<Value number="1">1.2.840.10008.5.1.4.1.1.2</Value></DicomAttribute>)"
      R"(<DicomAttribute tag="00081155" vr="UI" keyword="ReferencedSOPInstanceUID"><Value number="1">1</Value></DicomAttribute>)"
      R"(<DicomAttribute tag="00081190" vr="UR" keyword="RetrieveURL"></DicomAttribute>)"
      "</Item></DicomAttribute></NativeDicomModel>\n");
}

TEST_F(StowDoorTest, GivesWhatIsEmptyNoValue) {
  open();
  dicom::testing::File file;
  file.text(0x00080018, "UI", "1.2.9").text(0x0020000D, "UI", "1.2.3").text(0x0020000E, "UI", "1.2.3.4");
  std::string bytes = file.bytes();
  const std::string ct = "1.2.840.10008.5.1.4.1.1.2";
  bytes.replace(bytes.find(ct), ct.size(), std::string(ct.size(), '\0'));
  const http::Response response = store({bytes});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(response.body,
              HasSubstr(R"("00081150":{"vr":"UI"},"00081155":{"vr":"UI","Value":["1.2.9"]},"00081190":{"vr":"UR"}})"));
}

TEST_F(StowDoorTest, RefusesOtherBodiesInWords) {
  open();
  const auto sentence = [&](std::string_view type, const std::string& body, int status) {
    const http::Response response = post("/dicom-web/studies", body, {{"Content-Type", std::string(type)}});
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
    return json::get_string(object_in(response), "detail").value_or("");
  };
  const std::string related = "multipart/related; boundary=b";
  EXPECT_THAT(sentence("application/dicom", image("1"), 415), HasSubstr("POST /api/v1/instances"));
  EXPECT_THAT(sentence(related + "; type=application/dicom+json", "", 415), HasSubstr("metadata with bulk data"));
  EXPECT_THAT(sentence(related, "--b\r\nContent-Type: application/dicom+json\r\n\r\n[]\r\n--b--\r\n", 415),
              HasSubstr("a part is not application/dicom"));
  EXPECT_THAT(sentence(related, "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n", 415),
              HasSubstr("a part has a Content-Encoding"));
  EXPECT_THAT(sentence("multipart/related", "", 400), HasSubstr("no boundary"));
  EXPECT_THAT(sentence(related, "", 400), HasSubstr("does not have the boundary"));
  EXPECT_THAT(sentence(related, "--b--", 400), HasSubstr("no instance"));
  const std::string cut = sentence(related, "--b\r\n\r\n" + image("1") + "\r\n--b\r\n\r\nhalf an ima", 400);
  EXPECT_EQ(cut, "the body ends without its end boundary; 1 instances were kept before that; they may be sent again");
  EXPECT_EQ(spooled(), 1U);
}

TEST_F(StowDoorTest, TakesTenThousandPartsAndAGzipBody) {
  open();
  std::vector<std::string> files;
  for (int i = 0; i < 10'000; ++i) files.push_back(image(std::to_string(i), "1.2.3", 10));
  const std::string packed = deflated(multipart(files), Wrapping::gzip);
  const http::Response response =
      post("/dicom-web/studies", packed,
           {{"Content-Type", "multipart/related; boundary=\"b b\""}, {"Content-Encoding", "gzip"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(values(response, referenced).size(), 10'000U);
  EXPECT_EQ(kept(), 10'000U);
}

/// A body of one part whose bytes and heading are these.
std::string one_part(const std::string& bytes, const std::string& heading = "",
                     const std::string& end = "\r\n--b b--\r\n") {
  return "--b b\r\nContent-Type: application/dicom\r\n" + heading + "\r\n" + bytes + end;
}

TEST_F(StowDoorTest, KeepsNoInstanceThatIsCut) {
  open();
  const std::string whole = image("1");
  const std::string cut = image("2").substr(0, image("2").size() - 1);
  const http::Response some = store({whole, cut});
  EXPECT_EQ(some.status, 202);
  EXPECT_THAT(values(some, failed), ElementsAre("2"));
  EXPECT_THAT(values(some, failed, "00081197"), ElementsAre(0xC000));
  EXPECT_THAT(some.headers.get("Warning").value_or(""), HasSubstr("cut"));
  EXPECT_EQ(store({cut}).status, 409);
  EXPECT_EQ(kept_files(), digests({whole}));
}

TEST_F(StowDoorTest, KeepsNoPartThatEndsOtherwiseThanItSays) {
  open();
  const http::Headers type = {{"Content-Type", "multipart/related; boundary=\"b b\""}};
  const auto status = [&](const std::string& body) { return post("/dicom-web/studies", body, type).status; };
  const std::string file = image("1");
  // A boundary among the pixels, before more of them.
  const std::string inside = file.substr(0, file.size() - 50) + "\r\n--b b" + std::string(43, 'x');
  EXPECT_EQ(status(one_part(inside)), 400);
  const std::string ended = file.substr(0, file.size() - 50) + "\r\n--b b--\r\n" + std::string(30, 'x');
  EXPECT_EQ(status(one_part(ended)), 409) << "it is cut";
  EXPECT_EQ(status(one_part(file, "Content-Length: " + std::to_string(file.size() + 8) + "\r\n")), 409);
  EXPECT_EQ(status(one_part(file, "Content-Length: 8\r\n")), 409);
  EXPECT_EQ(status(one_part(file, "", "")), 400) << "no boundary at the end";
  EXPECT_EQ(status(one_part(file, "", "\r\n--b b")), 400) << "half of one";
  EXPECT_EQ(spooled(), 0U);
  EXPECT_EQ(status(one_part(file, "Content-Length: " + std::to_string(file.size()) + "\r\n")), 200);
  EXPECT_EQ(kept_files(), digests({file}));
}

TEST_F(StowDoorTest, LeavesNothingOfAPartWhoseSenderGoesAway) {
  open();
  {
    auto socket = http::TestSocket::connect(server_->ports().at(0));
    socket.say(
        "POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4294967296\r\n"
        "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\r\n" +
        image("1") + "\r\n--b\r\n\r\n" + image("2", "1.2.3", 1'000'000).substr(0, 900'000));
    ASSERT_TRUE(eventually([&] { return spooled() >= 2; }));
  }
  ASSERT_TRUE(eventually([&] { return spooled() <= 1 && kept() >= 1; }));
  EXPECT_EQ(kept(), 1U);
  server_->stop(std::chrono::seconds(5));
  EXPECT_THAT(metrics_.text(), HasSubstr("dicom_middleware_uploads_in_flight 0"));
}

TEST_F(StowDoorTest, RefusesBeforeTheBodyWhenTheInboxIsFull) {
  open(1'000'000);
  EXPECT_EQ(store({image("1", "1.2.3", 950'000)}).status, 200);
  auto socket = http::TestSocket::connect(server_->ports().at(0));
  socket.say(
      "POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4294967296\r\n"
      "Content-Type: multipart/related; boundary=b\r\n\r\n");
  const std::string heard = socket.hear_all();
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(heard, HasSubstr("Retry-After: 10"));
  EXPECT_THAT(heard, HasSubstr("INBOX_LIMIT_GIB"));
}

TEST_F(StowDoorTest, SaysThatThereIsNoRoomForWhatDoesNotFit) {
  open(1'000'000);
  const http::Response some = store({image("1"), image("2", "1.2.3", 1'100'000), image("3")});
  EXPECT_EQ(some.status, 507);
  EXPECT_TRUE(some.headers.get("Retry-After"));
  EXPECT_THAT(some.body, HasSubstr("1 instances were kept before that; they may be sent again"));
  EXPECT_EQ(spooled(), 1U);
  EXPECT_EQ(store({image("3")}).status, 200) << "what does not fit takes no room";
}

TEST_F(StowDoorTest, LetsWhatIsOnItsWayEndWhenTheInboxIsNearlyFull) {
  open(70U << 20U);
  EXPECT_EQ(store({image("1", "1.2.3", 68U << 20U)}).status, 200);
  EXPECT_EQ(store({image("2")}).status, 503) << "nothing new is let in";
}

TEST_F(StowDoorTest, BoundsTheResultsOfAllUploadsTogether) {
  open(0, 3);
  const http::Response many = store({image("1"), image("2"), image("3"), image("4")});
  EXPECT_EQ(many.status, 503);
  EXPECT_TRUE(many.headers.get("Retry-After"));
  EXPECT_THAT(many.body, HasSubstr("3 instances were kept before that; they may be sent again"));
  EXPECT_EQ(store({image("1"), image("2"), image("3")}).status, 200) << "an upload that was answered holds none";
}

}  // namespace
}  // namespace dmw::sources
