#include <fstream>

#include <gmock/gmock.h>

#include "api/byte_range.h"
#include "api/parameters.h"
#include "api/test_api.h"

namespace dmw::api {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kMib = 1 << 20;

class StudyRoutes : public ApiTest {
 protected:
  StudyRoutes() { add_sources(); }
  std::vector<std::string> uids(std::string_view query) {
    std::vector<std::string> found;
    const json::object page = ask(format("/api/v1/studies{}", query));
    for (const auto& study : page.at("studies").as_array()) {
      found.push_back(json::get_string(study.as_object(), "study_instance_uid").value());
    }
    return found;
  }
  std::string file_of(std::int64_t id) { return format("/api/v1/instances/{}/file", id); }
  /// Changes one byte of the stored file.
  void rot(std::int64_t id, std::size_t at) {
    const auto version = catalog::Studies(*database_).version(id).value().value();
    std::fstream file(directory_ / "storage" / version.key().get(), std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(file.is_open());
    file.seekp(static_cast<std::streamoff>(at));
    file.put('\x7e');
  }
};

TEST_F(StudyRoutes, FindsStudiesByWhatPeopleKnowOfThem) {
  take_in(study_file("1.2.1", "1.2.1.1"));
  take_in(study_file("1.2.2", "1.2.2.1"));
  settle();
  take_in(study_file("1.2.3", "1.2.3.1"));
  start();
  EXPECT_THAT(uids(""), ElementsAre("1.2.3", "1.2.2", "1.2.1"));
  EXPECT_THAT(uids("?patient_id=P-1&accession_number=A-17&modality=CT&study_date=20260101-20260131&source=door"
                   "&calling_ae=SENDER&updated_since=2020-01-01T00:00:00Z"),
              ElementsAre("1.2.3", "1.2.2", "1.2.1"));
  for (const std::string_view nobody :
       {"patient_id=P", "accession_number=A", "modality=MR", "study_date=20260201-", "study_date=-20260130",
        "source=import", "calling_ae=x", "flags=conflict", "updated_since=2999-01-01", "patient_id=%27+or+1%3D1--"}) {
    EXPECT_THAT(uids(format("?{}", nobody)), ElementsAre()) << nobody;
  }
  const json::object page = ask("/api/v1/studies?limit=2");
  const std::string cursor = json::get_string(page, "next_cursor").value();
  EXPECT_THAT(uids("?limit=2&cursor=" + cursor), ElementsAre("1.2.1"));
  for (const std::string_view wrong : {"study_date=2026-01-31", "study_date=20260230", "updated_since=yesterday",
                                       "flags=odd", "limit=1001", "cursor=x", "name=Doe", "limit=1&limit=2"}) {
    problem_in(get(format("/api/v1/studies?{}", wrong)), 400);
  }
}

TEST_F(StudyRoutes, RefusesSourcesAndModalitiesThatThereAreNot) {
  take_in(study_file("1.2.1", "1.2.1.1"));
  start();
  const auto objections = [&](std::string_view query) {
    std::vector<std::string> told;
    const json::object problem = problem_in(get(format("/api/v1/studies?{}", query)), 400);
    for (const auto& error : problem.at("errors").as_array()) told.emplace_back(json::serialize(error));
    return told;
  };
  EXPECT_THAT(
      objections("source=orthnac&modality=ct"),
      ElementsAre(AllOf(HasSubstr("source"), HasSubstr("known sources: dimse, door, folder, import, orthanc, stow")),
                  AllOf(HasSubstr("modality"), HasSubstr("the catalog has CT"))));
  EXPECT_THAT(objections("modality=MRI"), ElementsAre(HasSubstr("not a DICOM modality")));
  EXPECT_THAT(uids("?modality=MR"), ElementsAre()) << "of which none is there yet";
  EXPECT_THAT(uids("?source=dimse"), ElementsAre());
  EXPECT_THAT(uids("?source=door&accession_number=none"), ElementsAre()) << "a source that is not configured, and was";
}

TEST_F(StudyRoutes, ShowsAStudyWithItsSeriesInstancesAndRevisions) {
  take_in(study_file("1.2.3", "1.2.3.1"));
  settle();
  take_in(study_file("1.2.3", "1.2.3.2"));
  start();
  json::object study = ask("/api/v1/studies/1.2.3");
  EXPECT_EQ(json::get_string(study, "patient_name"), "Doe^Jane");
  EXPECT_EQ(json::get_string(study, "state"), "settling");
  EXPECT_EQ(json::get_int(study, "revision"), 1);
  EXPECT_EQ(json::get_int(study.at("series").at(0).as_object(), "instance_count"), 2);
  settle();
  study = ask("/api/v1/studies/1.2.3");
  EXPECT_EQ(json::get_string(study, "state"), "published");
  EXPECT_EQ(json::get_int(study, "event_position"), 2);

  const json::object first = ask("/api/v1/studies/1.2.3/instances?limit=1");
  const std::string cursor = json::get_string(first, "next_cursor").value();
  const json::object second = ask("/api/v1/studies/1.2.3/instances?series_instance_uid=1.2.3.4&cursor=" + cursor);
  EXPECT_EQ(json::get_string(second.at("instances").at(0).as_object(), "sop_instance_uid"), "1.2.3.2");
  EXPECT_TRUE(second.at("next_cursor").is_null());
  EXPECT_TRUE(ask("/api/v1/studies/1.2.3/instances?series_instance_uid=1.9").at("instances").as_array().empty());

  const json::object revisions = ask("/api/v1/studies/1.2.3/revisions");
  EXPECT_EQ(json::get_int(revisions.at("revisions").at(0).as_object(), "revision"), 2);
  EXPECT_EQ(json::get_int(revisions.at("revisions").at(1).as_object(), "instances_added"), 1);
  for (const std::string_view path : {"/api/v1/studies/1.9", "/api/v1/studies/1.9/instances",
                                      "/api/v1/studies/1.9/revisions", "/api/v1/studies/..%2f1.2.3"}) {
    problem_in(get(path), 404);
  }
}

TEST_F(StudyRoutes, ShowsVersionsBesideTheCurrentOneWhenAsked) {
  take_in(study_file("1.2.3", "1.2.3.1", 64));
  take_in(study_file("1.2.3", "1.2.3.1", 66));
  start();
  EXPECT_EQ(ask("/api/v1/studies/1.2.3/instances").at("instances").as_array().size(), 1U);
  const json::object all = ask("/api/v1/studies/1.2.3/instances?all_versions=true");
  ASSERT_EQ(all.at("instances").as_array().size(), 2U);
  EXPECT_THAT(uids("?flags=conflict"), ElementsAre("1.2.3"));
  problem_in(get("/api/v1/studies/1.2.3/instances?all_versions=yes"), 400);
}

TEST_F(StudyRoutes, ShowsThePatientThatEachVersionNames) {
  take_in(study_file("1.2.3", "1.2.3.1"));
  take_in(dicom::Part10Writer::instance("1.2.3", "1.2.3.4", "1.2.3.2")
              .text(0x00100010, "PN", "Roe^Richard")
              .text(0x00100020, "LO", "P-2")
              .bytes());
  start();
  const auto patients = [&](std::string_view query) {
    std::vector<std::string> told;
    const json::object page = ask(format("/api/v1/studies/1.2.3/instances?patient=true{}", query));
    for (const auto& row : page.at("instances").as_array()) {
      told.push_back(json::get_string(row.as_object(), "patient_id").value_or("-") + " " +
                     json::get_string(row.as_object(), "patient_name").value_or("-"));
    }
    return told;
  };
  EXPECT_THAT(patients(""), ElementsAre("P-1 Doe^Jane", "P-2 Roe^Richard"));
  EXPECT_THAT(patients("&flags=patient_mismatch"), ElementsAre("P-2 Roe^Richard"));
  rot(2, 200);
  EXPECT_THAT(patients(""), ElementsAre("P-1 Doe^Jane", "- -")) << "the list is there, whatever became of a file";
  EXPECT_FALSE(ask("/api/v1/studies/1.2.3/instances").at("instances").at(0).as_object().contains("patient_id"));
  problem_in(get("/api/v1/studies/1.2.3/instances?patient=true&limit=101"), 400);
}

TEST_F(StudyRoutes, GivesTheBytesOfAnInstanceAndAnyRangeOfThem) {
  const std::string bytes = study_file("1.2.3", "1.2.3.1", 2 * kMib + kMib / 2);
  const std::string path = file_of(take_in(bytes));
  start();
  const auto whole = get(path);
  ASSERT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.body == bytes);
  EXPECT_EQ(whole.headers.get("Content-Type"), "application/dicom");
  EXPECT_EQ(whole.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(whole.headers.get("Content-Disposition"), "attachment; filename=\"1.2.3.1.dcm\"");
  EXPECT_EQ(whole.headers.get("Accept-Ranges"), "bytes");

  const auto range = [&](std::string_view asked, std::size_t from, std::size_t length) {
    const auto part = get(path, {{"Range", std::string(asked)}});
    EXPECT_EQ(part.status, 206) << asked;
    EXPECT_TRUE(part.body == bytes.substr(from, length)) << asked;
    EXPECT_EQ(part.headers.get("Content-Range"), format("bytes {}-{}/{}", from, from + length - 1, bytes.size()));
  };
  range("bytes=128-131", 128, 4);
  range("bytes=0-0", 0, 1);
  range(format("bytes={}-{}", kMib - 5, kMib + 4), kMib - 5, 10);
  range(format("bytes={}-", 2 * kMib), 2 * kMib, bytes.size() - 2 * kMib);
  range("bytes=-7", bytes.size() - 7, 7);
  range("bytes=5-999999999", 5, bytes.size() - 5);
  const auto behind = get(path, {{"Range", format("bytes={}-", bytes.size())}});
  problem_in(behind, 416);
  EXPECT_EQ(behind.headers.get("Content-Range"), format("bytes */{}", bytes.size()));
  EXPECT_EQ(get(path, {{"Range", "bytes=0-1,4-5"}}).status, 200);

  const std::string tag(whole.headers.get("ETag").value());
  EXPECT_EQ(get(path, {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(get(path, {{"Range", "bytes=0-1"}, {"If-Range", tag}}).status, 206);
  EXPECT_EQ(get(path, {{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}}).status, 200);
  EXPECT_EQ(get(path, {{"If-None-Match", format("\"other\", W/{}", tag)}}).status, 304);
  EXPECT_EQ(get(path, {{"If-None-Match", "*"}}).status, 304);
  EXPECT_EQ(get(path, {{"If-Match", tag}}).status, 200);
  problem_in(get(path, {{"If-Match", "\"other\""}}), 412);
  EXPECT_EQ(get(path, {{"Range", "bytes=0-1"}, {"If-Range", "W/" + tag}}).status, 200);
  EXPECT_EQ(send("HEAD", path, {}, {{"Range", "bytes=0-1"}}).status, 200) << "a range is one of GET";
  range("bytes=5-99999999999999999999", 5, bytes.size() - 5);
  problem_in(get(path, {{"Range", "bytes=99999999999999999999-"}}), 416);
  const auto head = client_->request("HEAD", path).value();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("Content-Length"), std::to_string(bytes.size()));
  for (const std::string_view unknown : {"999", "x", "-1", "99999999999999999999"}) {
    problem_in(get(format("/api/v1/instances/{}/file", unknown)), 404);
    problem_in(get(format("/api/v1/instances/{}/metadata", unknown)), 404);
  }
}

TEST_F(StudyRoutes, NeverSendsAWrongByte) {
  const std::string bytes = study_file("1.2.3", "1.2.3.1", 2 * kMib + kMib / 2);
  const std::int64_t id = take_in(bytes);
  const std::string path = file_of(id);
  start();
  rot(id, kMib + 100);
  EXPECT_TRUE(get(path, {{"Range", "bytes=0-1048575"}}).body == bytes.substr(0, kMib));
  problem_in(get(path, {{"Range", format("bytes={}-{}", kMib + 5000, kMib + 5001)}}), 500);
  std::string received;
  const auto cut = client_->get_to(path, [&](ByteView view) -> Result<> {
    received += as_text(view);
    return {};
  });
  EXPECT_FALSE(cut);
  EXPECT_TRUE(bytes.starts_with(received));
  EXPECT_LE(received.size(), kMib);
  rot(id, 200);
  EXPECT_TRUE(
      json::get_string(problem_in(get(path), 500), "detail").value().contains("a disk has changed or lost them"));
  problem_in(get(format("/api/v1/instances/{}/metadata", id)), 500);
}

TEST_F(StudyRoutes, SaysSoWhenTheStoreHasLostAFile) {
  const std::int64_t id = take_in(study_file("1.2.3", "1.2.3.1"));
  start();
  const auto version = catalog::Studies(*database_).version(id).value().value();
  ASSERT_TRUE(store_->remove(version.key()));
  problem_in(get(file_of(id)), 500);
}

TEST_F(StudyRoutes, GivesTheHeaderOfAnInstanceAsDicomJson) {
  const std::int64_t id = take_in(study_file("1.2.3", "1.2.3.1", 2 * kMib));
  start();
  const auto response = get(format("/api/v1/instances/{}/metadata", id));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.headers.get("Content-Type"), "application/dicom+json");
  EXPECT_THAT(response.body, HasSubstr(R"("00080060":{"vr":"CS","Value":["CT"]})"));
}

TEST(ByteRange, FollowsTheStandardAndIgnoresWhatItCannotRead) {
  using Kind = RangeAsked::Kind;
  const auto kind = [](std::string_view field) { return RangeAsked::of(field, 10).kind; };
  EXPECT_EQ(RangeAsked::of(std::nullopt, 10).kind, Kind::whole);
  for (const std::string_view field : {"bytes=", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=5-4", "bytes=1-2,3-4",
                                       "bytes=0x1-2", "bytes=1", "bytes=99999999999999999999x-"}) {
    EXPECT_EQ(kind(field), Kind::whole) << field;
  }
  EXPECT_EQ(kind("bytes=10-"), Kind::unsatisfiable);
  EXPECT_EQ(kind("bytes=99999999999999999999-"), Kind::unsatisfiable);
  EXPECT_EQ(kind("bytes=-0"), Kind::unsatisfiable);
  EXPECT_EQ(kind("BYTES=9-9"), Kind::part);
  EXPECT_EQ(RangeAsked::of("bytes=-50", 10).length, 10U);
}

TEST(Parameters, ReadsDaysAndTimes) {
  EXPECT_EQ(parse_days("20260131")->last, "2026-01-31");
  EXPECT_EQ(parse_days("20260101-")->first, "2026-01-01");
  EXPECT_TRUE(parse_days("-20260101")->first.empty());
  for (const std::string_view wrong : {"", "-", "2026", "20261301", "20260229", "2026013a", "20260101-20260102-"}) {
    EXPECT_FALSE(parse_days(wrong)) << wrong;
  }
  EXPECT_EQ(parse_time("1970-01-01T00:00:01.5Z"), 1'500'000);
  EXPECT_EQ(parse_time("1970-01-02"), 86'400'000'000);
  EXPECT_EQ(parse_time("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.1234567-00:01"), 60'123'456);
  for (const std::string_view wrong : {"", "now", "1970-01-01T", "1970-01-01T00:00:00", "1970-01-01T24:00:00Z",
                                       "1970-02-30", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(parse_time(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace dmw::api
