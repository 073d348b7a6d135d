// Versions from outside: what a consumer of the topic is told, and what a reader of the API sees, for every way in
// which instances of one study can come.
#include <thread>

#include <gmock/gmock.h>

#include "api/test_versions.h"
#include "ingest/removal.h"

namespace dmw::api {
namespace {

using namespace std::chrono_literals;
using dicom::testing::File;
using ingest::Bench;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Versions, LateImagesAreTheNextRevision) {
  begin();
  arrive(file("1.2", "1.2.1.1"));
  arrive(file("1.2", "1.2.1.2"));
  settle();
  arrive(file("1.2", "1.2.1.3"));
  EXPECT_EQ(json::get_string(study("1.2"), "state"), "settling");
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 2 instances, 2 added", "study.updated 2: 3 instances, 1 added"));
  EXPECT_EQ(json::get_int(study("1.2"), "revision"), 2);
}

TEST_F(Versions, TheSameFromEightSendersAtOnceIsOneInstance) {
  begin();
  std::vector<std::jthread> senders;
  for (int sender = 0; sender < 8; ++sender) {
    senders.emplace_back([&] {
      const Session session = Bench::door("dimse", "CT01");
      for (int n = 0; n < 10; ++n) bench_->keep_from(session, file("1.2", format("1.2.1.{}", n)));
    });
  }
  senders.clear();
  ingest_all();
  settle();
  for (int n = 0; n < 10; ++n) arrive(file("1.2", format("1.2.1.{}", n)));
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 10 instances, 10 added"));
  EXPECT_EQ(versions("1.2").size(), 10U);
  EXPECT_EQ(objects(), 10U);
}

TEST_F(Versions, AConflictIsKeptBesideTheFirstAndToldWhateverCameFirst) {
  begin();
  for (const std::string order : {"ab", "ba"}) {
    const std::string uid = order == "ab" ? "1.2" : "1.3";
    for (const char pixels : order) {
      arrive(file(uid, uid + ".1.1", pixels));
      settle();
    }
    EXPECT_THAT(story(uid),
                ElementsAre("study.received 1: 1 instances, 1 added", "study.updated 2: 1 instances, 0 added"));
    EXPECT_THAT(words(told(uid).back(), "flags"), ElementsAre("conflict"));
    EXPECT_THAT(words(study(uid), "flags"), ElementsAre("conflict"));
    const std::vector<json::object> both = versions(uid);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(bytes_of(both[0]), file(uid, uid + ".1.1", order[0]));
    EXPECT_EQ(bytes_of(both[1]), file(uid, uid + ".1.1", order[1]));
    EXPECT_EQ(json::get_bool(both[0], "current"), true);
    EXPECT_EQ(versions(uid, "several=true").size(), 1U);
  }
}

TEST_F(Versions, ASourceWithOneTruthReplacesWhatItServedBefore) {
  begin({"archive"});
  arrive(file("1.2", "1.2.1.1", 'a'), Bench::door("archive"));
  settle();
  arrive(file("1.2", "1.2.1.1", 'b'), Bench::door("archive"));
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 1 instances, 1 added", "study.updated 2: 1 instances, 0 added"));
  EXPECT_THAT(words(told().back(), "flags"), ElementsAre("replaced"));
  const auto current = versions("1.2", "");
  ASSERT_EQ(current.size(), 1U);
  EXPECT_EQ(bytes_of(current[0]), file("1.2", "1.2.1.1", 'b'));
  EXPECT_EQ(bytes_of(versions("1.2")[0]), file("1.2", "1.2.1.1", 'a')) << "nothing is lost";
}

TEST_F(Versions, AVariantIsKeptAndOpensNoRevision) {
  begin();
  arrive(file("1.2", "1.2.1.1"));
  settle();
  const std::string variant = File::instance("1.2", "1.2.1", "1.2.1.1", dicom::testing::implicit_little)
                                  .text(0x00100020, "LO", "P1")
                                  .pixels(64)
                                  .bytes();
  arrive(variant);
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 1 instances, 1 added"));
  EXPECT_THAT(words(study("1.2"), "flags"), ElementsAre("variant"));
  EXPECT_EQ(versions("1.2").size(), 2U);
  arrive(file("1.2", "1.2.1.2"));
  settle();
  EXPECT_THAT(words(told().back(), "flags"), ElementsAre("variant")) << "the next revision tells of it";
}

TEST_F(Versions, OneSopInstanceUidInTwoStudiesIsTwoInstances) {
  begin();
  arrive(file("1.2", "9.9"));
  arrive(file("1.3", "9.9"));
  settle();
  EXPECT_THAT(story("1.2"), ElementsAre("study.received 1: 1 instances, 1 added"));
  EXPECT_THAT(story("1.3"), ElementsAre("study.received 1: 1 instances, 1 added"));
  EXPECT_THAT(words(study("1.2"), "flags"), IsEmpty());
  EXPECT_THAT(words(study("1.3"), "flags"), ElementsAre("sop_uid_reused"));
  EXPECT_THAT(words(told("1.3").back(), "flags"), ElementsAre("sop_uid_reused"));
}

TEST_F(Versions, AStudyUnderTwoPatientsKeepsTheFirstAndSaysSo) {
  begin();
  const auto of = [](const char* patient, const char* sop) {
    return File::instance("1.2", "1.2.1", sop).text(0x00100020, "LO", patient).pixels(64).bytes();
  };
  arrive(of("P1", "1.2.1.1"));
  arrive(of("P2", "1.2.1.2"));
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 2 instances, 2 added"));
  EXPECT_EQ(json::get_string(told().back(), "patient_id"), "P1");
  EXPECT_THAT(words(told().back(), "flags"), ElementsAre("patient_mismatch"));
  EXPECT_THAT(words(versions("1.2")[1], "flags"), ElementsAre("patient_mismatch"));
}

TEST_F(Versions, OneStudyThroughThreeDoorsIsOneStudy) {
  begin();
  const Session doors[] = {Bench::door("dimse", "CT01"), Bench::door("stow"), Bench::door("folder")};
  std::vector<std::jthread> senders;
  for (std::size_t door = 0; door < 3; ++door) {
    senders.emplace_back([&, door] {
      for (std::size_t n = 0; n < 9; ++n) {
        // Each brings three of its own, and three that another brings too.
        if (n / 3 == door || n / 3 == (door + 1) % 3)
          bench_->keep_from(doors[door], file("1.2", format("1.2.1.{}", n)));
      }
    });
  }
  senders.clear();
  ingest_all();
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 9 instances, 9 added"));
  EXPECT_EQ(versions("1.2").size(), 9U);
  EXPECT_THAT(words(study("1.2"), "flags"), IsEmpty());
  const json::object body = told().front();
  EXPECT_THAT((std::vector<std::string>{"dimse", "stow", "folder"}), Contains(*json::get_string(body, "source")));
}

TEST_F(Versions, APromotedVersionIsWhatEverybodyReads) {
  begin();
  arrive(file("1.2", "1.2.1.1", 'a'));
  arrive(file("1.2", "1.2.1.1", 'b'));
  settle();
  const json::object other = versions("1.2")[1];
  problem_in(promote(other, ""), 422);
  const json::object answer = object_in(promote(other));
  EXPECT_EQ(json::get_bool(answer, "promoted"), true);
  EXPECT_EQ(json::get_bool(answer.at("instance").as_object(), "current"), true);
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 1 instances, 1 added", "study.updated 2: 1 instances, 0 added"));
  EXPECT_EQ(json::get_string(told().back(), "source"), "person");
  EXPECT_THAT(*json::get_string(told().back(), "storage_path"),
              HasSubstr(json::get_string(other, "dataset_sha256")->substr(0, 32)));
  EXPECT_EQ(bytes_of(versions("1.2", "")[0]), file("1.2", "1.2.1.1", 'b'));
  EXPECT_EQ(json::get_bool(object_in(promote(other)), "promoted"), false);
  arrive(file("1.2", "1.2.1.1", 'a'));
  settle();
  EXPECT_EQ(told().size(), 2U) << "the other one again changes nothing";
  problem_in(send("POST", "/api/v1/instances/99/promote", R"({"reason":"x"})"), 404);
}

TEST_F(Versions, APromotedVersionNamesThePatientOfItsStudy) {
  begin();
  const auto of = [](const char* patient, const char* accession_number) {
    return File::instance("1.2", "1.2.1", "1.2.1.1")
        .text(0x00080050, "SH", accession_number)
        .text(0x00100020, "LO", patient)
        .pixels(64)
        .bytes();
  };
  arrive(of("P1", "A1"));
  arrive(of("P2", "A2"));
  settle();
  EXPECT_EQ(promote(versions("1.2")[1], "the second one has the right patient").status, 200);
  settle();
  EXPECT_EQ(json::get_string(study("1.2"), "patient_id"), "P2");
  EXPECT_EQ(ask("/api/v1/studies?patient_id=P2").at("studies").as_array().size(), 1U);
  EXPECT_EQ(json::get_string(told().back(), "patient_id"), "P2");
  EXPECT_EQ(json::get_string(told().back(), "accession_number"), "A2");
}

TEST_F(Versions, AnErasedStudyIsGoneForEverybody) {
  begin();
  arrive(file("1.2", "1.2.1.1"));
  arrive(file("1.2", "1.2.1.2"));
  settle();
  const std::string path = *json::get_string(versions("1.2")[0], "file");
  problem_in(send("DELETE", "/api/v1/studies/1.2", "{}"), 422);
  EXPECT_EQ(json::get_int(object_in(send("DELETE", "/api/v1/studies/1.2?dry_run=true", "")), "object_count"), 3);
  EXPECT_EQ(erase("1.2").status, 202);
  EXPECT_THAT(*json::get_string(problem_in(get("/api/v1/studies/1.2"), 410), "detail"), HasSubstr("was erased on"));
  problem_in(get("/api/v1/studies/1.2/instances"), 410);
  problem_in(get(path), 404);
  problem_in(erase("1.2"), 410);
  problem_in(erase("1.9"), 404);
  EXPECT_EQ(ask("/api/v1/studies").at("studies").as_array().size(), 0U);
  pass();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 2 instances, 2 added", "study.deleted 2: 0 instances, 0 added"));
  const json::object gone = told().back();
  EXPECT_TRUE(gone.at("patient_id").is_null() && gone.at("storage_path").is_null());
  EXPECT_EQ(ask("/api/v1/studies/1.2/revisions").at("revisions").as_array().size(), 2U);

  EXPECT_EQ(objects(), 2U) << "the grace is not over";
  bench_->clock.advance(7min);
  ASSERT_TRUE(ingest::Removal(bench_->database(), bench_->store(), bench_->metrics).pass(bench_->clock.now()));
  EXPECT_EQ(objects(), 0U);
  EXPECT_FALSE(bench_->store().stat(manifest_key(StudyUid("1.2"), 1, 1)));
  EXPECT_TRUE(bench_->store().stat(manifest_key(StudyUid("1.2"), 2, 1))) << "the tombstone in the store";
}

TEST_F(Versions, WhatIsSentAgainAfterAnErasureIsANewLifeAndKeepsItsObjects) {
  begin();
  arrive(file("1.2", "1.2.1.1"));
  arrive(file("1.2", "1.2.1.2"));
  settle();
  EXPECT_EQ(erase("1.2").status, 202);
  arrive(file("1.2", "1.2.1.1"));  // before anybody was told
  settle();
  EXPECT_THAT(story(), ElementsAre("study.received 1: 2 instances, 2 added", "study.deleted 2: 0 instances, 0 added",
                                   "study.received 3: 1 instances, 1 added"));
  bench_->clock.advance(7min);
  ASSERT_TRUE(ingest::Removal(bench_->database(), bench_->store(), bench_->metrics).pass(bench_->clock.now()));
  EXPECT_EQ(objects(), 1U);
  const auto now = versions("1.2");
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(bytes_of(now[0]), file("1.2", "1.2.1.1"));
  arrive(file("1.2", "1.2.1.2"));  // whose object is gone by now
  settle();
  EXPECT_EQ(story().back(), "study.updated 4: 2 instances, 1 added");
  EXPECT_EQ(bytes_of(versions("1.2")[1]), file("1.2", "1.2.1.2"));
  const auto revisions = ask("/api/v1/studies/1.2/revisions");
  EXPECT_EQ(revisions.at("revisions").as_array().size(), 4U);
}

}  // namespace
}  // namespace dmw::api
