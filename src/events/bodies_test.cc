#include "events/bodies.h"

#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "events/pseudonym.h"
#include "events/test_revision.h"

namespace dmw::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Uuid catalog_id = *Uuid::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");

Bodies bodies_of(Profile::Kind kind = Profile::Kind::full) {
  return {catalog_id, Profile{kind, Private<std::string>("a key")},
          [](std::string_view key) { return "file:///data/" + std::string(key); }, "urn:dmw:test"};
}

json::object object(const std::string& text) {
  const Result<json::value> parsed = json::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? parsed->as_object() : json::object();
}

/// A line as `kcat -J` prints the event's record.
std::string record_of(const Event& event, std::string_view topic) {
  json::array headers;
  for (const auto& [name, value] : object(event.headers)) {
    headers.emplace_back(name);
    headers.push_back(value);
  }
  return json::serialize(json::object{
             {"topic", topic}, {"key", event.key}, {"headers", std::move(headers)}, {"payload", event.body}}) +
         "\n";
}

std::vector<std::string> names(const json::object& of) {
  std::vector<std::string> names;
  for (const auto& member : of) names.emplace_back(member.key());
  return names;
}

DeadLetter a_dead_letter() {
  DeadLetter letter;
  letter.id = *Uuid::parse("99999999-2222-4333-8444-555555555555");
  letter.stage = Stage::header;
  letter.cause = "not_dicom";
  letter.detail = "no DICM at byte 128";
  letter.advice = "discard it";
  letter.attempts = 2;
  letter.first_failed_at = 1'700'000'000'000'000;
  letter.last_failed_at = 1'700'000'001'000'000;
  letter.source = "orthanc";
  letter.original_payload = R"({"ID":"x","Path":"Study"})";
  return letter;
}

// The golden lists: a field may be added at the end, and nothing else may change.
TEST(StudyEvent, HasTheFieldsThatReadersKnowInTheirOrder) {
  EXPECT_THAT(
      names(object(bodies_of().of_study(a_revision()).body)),
      ElementsAre("correlation_id", "study_instance_uid", "patient_id", "modality", "study_date", "storage_path",
                  "timestamp", "schema_version", "event_id", "event_type", "revision", "source", "calling_ae",
                  "called_ae", "accession_number", "study_description", "modalities", "sop_classes", "body_parts",
                  "series_count", "instance_count", "instances_added", "size_bytes", "objects_url", "manifest_path",
                  "content_digest", "series", "series_truncated", "flags"));
}

TEST(DeadLetterEvent, HasTheFieldsThatReadersKnowInTheirOrder) {
  EXPECT_THAT(names(object(bodies_of().of_dead_letter(a_dead_letter()).body)),
              ElementsAre("original_payload", "error_reason", "correlation_id", "dead_letter_id", "stage", "cause",
                          "error_detail", "advice", "attempts", "first_failed_at", "last_failed_at", "source"));
}

TEST(StudyEvent, SaysWhatTheRevisionIs) {
  const Event event = bodies_of().of_study(a_revision());
  EXPECT_EQ(event.key, "1.2.3");
  EXPECT_EQ(event.topic, Topic::metadata);
  EXPECT_EQ(event.event_id, Uuid::of_name(catalog_id, "1.2.3/1/study.received"));
  const json::object body = object(event.body);
  EXPECT_EQ(body.at("patient_id").as_string(), "P-17");
  EXPECT_EQ(body.at("study_description").as_string(), "Thorax \"nativ\"");
  EXPECT_EQ(body.at("timestamp").as_string(), "2023-11-14T22:13:20.000000Z");
  EXPECT_THAT(std::string(body.at("storage_path").as_string()), testing::MatchesRegex("file:///data/studies/.*[.]dcm"));
  EXPECT_THAT(std::string(body.at("manifest_path").as_string()), HasSubstr("_r1.json"));
  EXPECT_EQ(json::serialize(body.at("modalities")), R"(["CT","SR"])");
  EXPECT_EQ(json::serialize(body.at("flags")), R"(["conflict","charset_guessed"])");
  EXPECT_EQ(json::serialize(body.at("series").at(0)), R"({"uid":"1.2.3.1","modality":"CT","instance_count":1})");
  EXPECT_EQ(object(bodies_of().of_study(a_revision(2)).body).at("event_type").as_string(), "study.updated");
}

TEST(StudyEvent, TellsNullForWhatIsNotKnown) {
  StudyRevision bare;
  bare.study_uid = StudyUid("1.2.3");
  bare.revision = 3;
  const json::object body = object(bodies_of().of_study(bare).body);
  for (const char* field : {"patient_id", "modality", "study_date", "accession_number", "calling_ae"}) {
    EXPECT_TRUE(body.at(field).is_null()) << field;
  }
  EXPECT_EQ(body.at("event_type").as_string(), "study.deleted");
  EXPECT_TRUE(body.at("storage_path").is_null());
}

TEST(StudyEvent, CarriesCloudEventsHeaders) {
  const json::object headers = object(bodies_of().of_study(a_revision()).headers);
  EXPECT_THAT(names(headers), ElementsAre("correlation_id", "event_id", "traceparent", "ce_id", "ce_source", "ce_type",
                                          "ce_specversion", "ce_time", "ce_subject", "content-type"));
  EXPECT_EQ(headers.at("ce_type").as_string(), "study.received");
  EXPECT_EQ(headers.at("ce_subject").as_string(), "1.2.3");
  StudyRevision untraced = a_revision();
  untraced.session.traceparent.clear();
  EXPECT_FALSE(object(bodies_of().of_study(untraced).headers).contains("traceparent"));
}

TEST(StudyEvent, IsTheSameBytesEachTime) {
  const Event first = bodies_of().of_study(a_revision());
  const Event second = bodies_of().of_study(a_revision());
  EXPECT_EQ(first.event_id, second.event_id);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(first.headers, second.headers);
}

TEST(StudyEvent, StaysBoundedWithHostileText) {
  const std::string worst(100'000, '\x01');  // six bytes of JSON each
  StudyRevision revision = a_revision(1, 10'000);
  revision.patient_id = revision.accession_number = revision.study_description = Private<std::string>(worst);
  revision.modality = revision.study_date = worst;
  revision.session.source = revision.session.calling_ae = revision.session.called_ae = worst;
  for (std::size_t n = 0; n < revision.series.size(); ++n) {
    revision.series[n].modality = format("{}{}", n, worst);
    revision.series[n].body_part = format("{}{}", n, worst);
    revision.instances[n].sop_class = format("{}{}", n, worst);
  }
  const Event event = bodies_of().of_study(revision);
  EXPECT_LE(event.body.size(), body_bytes_max);
  const json::object body = object(event.body);
  EXPECT_EQ(body.at("series_count").as_int64(), 10'000);
  EXPECT_TRUE(body.at("series_truncated").as_bool());

  const json::object plain = object(bodies_of().of_study(a_revision(1, 10'000)).body);
  EXPECT_EQ(plain.at("series").as_array().size(), 100U);
  EXPECT_TRUE(plain.at("series_truncated").as_bool());
}

TEST(StudyEvent, CutsTextBetweenCharacters) {
  StudyRevision revision = a_revision();
  std::string umlauts("x");
  for (int n = 0; n < 1000; ++n) umlauts += "\xC3\xA4";
  revision.study_description = Private<std::string>(umlauts);
  const json::object body = object(bodies_of().of_study(revision).body);
  EXPECT_EQ(body.at("study_description").as_string().size(), 511U);
}

TEST(Profile, HidesThePatientAsAsked) {
  const json::object hashed = object(bodies_of(Profile::Kind::pseudonym).of_study(a_revision()).body);
  EXPECT_EQ(hashed.at("patient_id").as_string(), pseudonym("a key", "P-17"));
  EXPECT_EQ(hashed.at("accession_number").as_string(), pseudonym("a key", "A-4"));
  EXPECT_TRUE(hashed.at("study_description").is_null());
  const json::object bare = object(bodies_of(Profile::Kind::ids).of_study(a_revision()).body);
  for (const char* field : {"patient_id", "accession_number", "study_description"}) {
    EXPECT_TRUE(bare.at(field).is_null()) << field;
  }
}

// RFC 4231 §4.3 and §4.7 (a key longer than a block).
TEST(Pseudonym, IsHmacSha256) {
  EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First").hex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(DeadLetterEvent, SaysWhatTheLetterIs) {
  const Event event = bodies_of().of_dead_letter(a_dead_letter());
  EXPECT_EQ(event.topic, Topic::dead_letters);
  EXPECT_EQ(event.key, a_dead_letter().id.text());
  EXPECT_EQ(event.event_id, Uuid::of_name(catalog_id, "dead-letter/" + a_dead_letter().id.text() + "/2"));
  const json::object body = object(event.body);
  EXPECT_EQ(body.at("error_reason").as_string(), "Metadata parsing failure");
  EXPECT_EQ(json::serialize(body.at("original_payload")), R"({"ID":"x","Path":"Study"})");
}

TEST(DeadLetterEvent, StaysBoundedWithHostileText) {
  const std::string worst(1'000'000, '\x01');
  DeadLetter letter = a_dead_letter();
  letter.original_payload = letter.detail = letter.advice = letter.cause = letter.source = worst;
  const Event event = bodies_of().of_dead_letter(letter);
  EXPECT_LE(event.body.size(), body_bytes_max);
  EXPECT_TRUE(object(event.body).at("original_payload").is_object());
}

// With the script that the end-to-end tests pipe a whole topic through.
TEST(Schemas, AcceptEveryBody) {
  const std::string script = DMW_SOURCE_DIR "/tests/support/validate-events";
  if (std::system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") != 0) GTEST_SKIP() << "no python3-jsonschema";
  FILE* validator = ::popen((script + " >&2").c_str(), "w");
  ASSERT_NE(validator, nullptr);
  StudyRevision bare;
  bare.study_uid = StudyUid("1.2.3");
  bare.revision = 3;
  for (const Profile::Kind kind : {Profile::Kind::full, Profile::Kind::pseudonym, Profile::Kind::ids}) {
    for (const StudyRevision& revision : {a_revision(), a_revision(2, 1'000), bare})
      std::fputs(record_of(bodies_of(kind).of_study(revision), "dicom.metadata.v1").c_str(), validator);
  }
  std::fputs(record_of(bodies_of().of_dead_letter(a_dead_letter()), "dicom.metadata.dlq").c_str(), validator);
  EXPECT_EQ(::pclose(validator), 0);
}

TEST(Manifest, ListsEveryInstanceAndNoPatient) {
  const std::string text = Bodies::manifest(a_revision(2, 3), bodies_of().of_study(a_revision(2, 3)));
  const json::object manifest = object(text);
  EXPECT_EQ(manifest.at("revision").as_int64(), 2);
  ASSERT_EQ(manifest.at("instances").as_array().size(), 3U);
  EXPECT_THAT(names(manifest.at("instances").at(0).as_object()),
              ElementsAre("series_uid", "sop_uid", "sop_class", "transfer_syntax", "instance_number", "key",
                          "size_bytes", "dataset_sha256", "flags"));
  EXPECT_THAT(text, Not(HasSubstr("P-17")));
  EXPECT_THAT(text, Not(HasSubstr("Thorax")));
}

TEST(Manifest, HoldsHundredThousandInstances) {
  StudyRevision revision = a_revision(1, 1);
  revision.instances.assign(100'000, an_instance(1, 1));
  revision.instances.back().sop_class = "quo\"ted";
  const json::object manifest = object(Bodies::manifest(revision, bodies_of().of_study(revision)));
  EXPECT_EQ(manifest.at("instances").as_array().size(), 100'000U);
  EXPECT_EQ(manifest.at("instances").as_array().back().at("sop_class").as_string(), "quo\"ted");
}

}  // namespace
}  // namespace dmw::events
