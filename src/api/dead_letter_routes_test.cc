#include <gmock/gmock.h>

#include "api/letter_selection.h"
#include "api/test_api.h"

namespace dmw::api {
namespace {

using testing::ElementsAre;

class DeadLetterRoutes : public ApiTest {
 protected:
  DeadLetterRoutes() { add_sources(); }

  /// Sets something aside; returns its number.
  std::int64_t bury(const std::string& name, Stage stage = Stage::header, const std::string& cause = "corrupted",
                    const std::string& study = "") {
    catalog::Burial burial;
    burial.letter.id = Uuid::of_name(Uuid(), name);
    burial.letter.stage = stage;
    burial.letter.cause = cause;
    burial.letter.detail = "the file ends too early";
    burial.letter.advice = "discard";
    burial.letter.source = "orthanc";
    burial.letter.study_uid = StudyUid(study);
    burial.letter.correlation_id = Uuid::random();
    burial.letter.first_failed_at = burial.letter.last_failed_at = 1'700'000'000'000'000;
    burial.letter.original_payload = R"({"size_bytes":7})";
    if (stage == Stage::fetch) {
      burial.letter.origin_resource = kOrthancId;
    } else {
      const std::string bytes = "bytes of " + name;
      const ObjectKey key = dead_letter_key(Sha256::of(as_bytes(bytes)));
      const store::Document document{key, bytes};
      EXPECT_TRUE(store_->write(std::span(&document, 1)).at(0));
      burial.letter.object_key = key.get();
      burial.letter.size_bytes = bytes.size();
    }
    catalog::DeadLetters letters(*database_);
    EXPECT_TRUE(letters.bury(std::span(&burial, 1), [](const DeadLetter& letter) { return event(letter.id.text()); }));
    return letters.get(burial.letter.id.text()).value().value().number;
  }
  std::vector<std::int64_t> numbers(std::string_view query) {
    std::vector<std::int64_t> found;
    const json::object page = ask(format("/api/v1/dead-letters{}", query));
    for (const auto& letter : page.at("dead_letters").as_array()) {
      found.push_back(json::get_int(letter.as_object(), "number").value());
    }
    return found;
  }
  /// As when what is in the inbox is recorded.
  void come_through(std::int64_t number) {
    ASSERT_TRUE(eventually([&] { return state_of(number) == "replaying"; }));
    catalog::DeadLetters letters(*database_);
    const Uuid id = letters.get(std::to_string(number)).value()->id;
    ASSERT_TRUE(letters.change_state(id, DeadLetterState::replaying, DeadLetterState::replayed));
  }
  json::object done(const std::string& job) {
    EXPECT_TRUE(eventually([&] { return json::get_string(ask(job), "state") == "done"; }));
    return ask(job);
  }
  static std::vector<std::string> outcomes(const json::object& job) {
    std::vector<std::string> words;
    for (const auto& item : job.at("items").as_array()) {
      const json::object& one = item.as_object();
      words.push_back(format("{} {} {}", json::get_int(one, "number").value(), json::get_string(one, "outcome").value(),
                             json::get_string(one, "detail").value_or("")));
    }
    return words;
  }
  std::string state_of(std::int64_t number) {
    return json::get_string(ask(format("/api/v1/dead-letters/{}", number)), "state").value();
  }
};

TEST_F(DeadLetterRoutes, ListsThemByCauseStageSourceAndState) {
  bury("one");
  bury("two", Stage::header, "too_large");
  bury("three", Stage::fetch, "not_found");
  start();
  EXPECT_THAT(numbers(""), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers("?cause=too_large&stage=header&source=orthanc&state=open"), ElementsAre(2));
  EXPECT_THAT(numbers("?stage=fetch"), ElementsAre(3));
  EXPECT_THAT(numbers("?state=discarded"), ElementsAre());
  const json::object page = ask("/api/v1/dead-letters?limit=2");
  EXPECT_THAT(numbers("?limit=2&cursor=" + json::get_string(page, "next_cursor").value()), ElementsAre(3));
  EXPECT_EQ(first_error(problem_in(get("/api/v1/dead-letters?stage=nowhere"), 400), "parameter"), "stage");
  EXPECT_EQ(first_error(problem_in(get("/api/v1/dead-letters?source=orthnac"), 400), "parameter"), "source");
  EXPECT_THAT(numbers("?source=folder"), ElementsAre());
  problem_in(send("POST", "/api/v1/dead-letters/replay", R"({"filter": {"source": "orthnac"}})"), 422);
}

TEST_F(DeadLetterRoutes, TellsTheStudyAndListsByIt) {
  bury("one", Stage::header, "corrupted", "1.2.3");
  bury("two");
  start();
  EXPECT_THAT(numbers("?study=1.2.3"), ElementsAre(1));
  EXPECT_THAT(numbers("?study=1.2"), ElementsAre());
  EXPECT_EQ(json::get_string(ask("/api/v1/dead-letters/1"), "study_instance_uid"), "1.2.3");
  EXPECT_TRUE(ask("/api/v1/dead-letters/2").at("study_instance_uid").is_null());
  const auto order = LetterSelection::of(json::parse(R"({"filter":{"study":"1.2.3"}})")->as_object());
  ASSERT_TRUE(order);
  catalog::DeadLetters letters(*database_);
  EXPECT_THAT(numbers_of(*order, letters).value(), ElementsAre(1));
}

TEST_F(DeadLetterRoutes, ShowsOneByItsNumberOrItsIdAndGivesItsBytes) {
  const std::int64_t number = bury("one");
  bury("three", Stage::fetch, "not_found");
  start();
  const json::object letter = ask(format("/api/v1/dead-letters/{}", number));
  EXPECT_EQ(json::get_string(letter, "error_reason"), "Metadata parsing failure");
  EXPECT_EQ(ask("/api/v1/dead-letters/" + json::get_string(letter, "dead_letter_id").value()), letter);
  const auto file = get(json::get_string(letter, "file").value());
  EXPECT_EQ(file.body, "bytes of one");
  EXPECT_EQ(file.headers.get("Content-Disposition"), "attachment; filename=\"dead-letter-1\"");
  problem_in(get("/api/v1/dead-letters/2/file"), 404);
  problem_in(get("/api/v1/dead-letters/77"), 404);
  problem_in(get("/api/v1/dead-letters/77/file"), 404);
  problem_in(get("/api/v1/dead-letters/nothing"), 404);
}

TEST_F(DeadLetterRoutes, NeverCallsBytesThatTheStoreHasLostAbsent) {
  const std::int64_t number = bury("one");
  start();
  std::filesystem::remove_all(directory_ / "storage/dead-letters");
  std::filesystem::create_directory(directory_ / "storage/dead-letters");
  problem_in(get(format("/api/v1/dead-letters/{}/file", number)), 500);
  problem_in(send("POST", format("/api/v1/dead-letters/{}/replay", number), "", {}), 500);
  EXPECT_EQ(state_of(number), "open");
}

TEST_F(DeadLetterRoutes, TriesOneAgain) {
  const std::int64_t bytes = bury("one");
  const std::int64_t request = bury("three", Stage::fetch, "not_found");
  start();
  EXPECT_EQ(send("POST", format("/api/v1/dead-letters/{}/replay", bytes), "", {}).status, 202);
  EXPECT_EQ(state_of(bytes), "replaying");
  EXPECT_EQ(inbox_->depth().items, 1U);
  EXPECT_EQ(send("POST", format("/api/v1/dead-letters/{}/replay", request), "", {}).status, 202);
  EXPECT_EQ(claimed().study, kOrthancId);
  problem_in(send("POST", "/api/v1/dead-letters/77/replay", "", {}), 404);
}

TEST_F(DeadLetterRoutes, TriesTheSetAgainThatWasShown) {
  bury("one", Stage::header, "too_large");
  bury("two", Stage::header, "too_large");
  bury("other");
  start();
  const std::string path = "/api/v1/dead-letters/replay";
  const auto preview = send("POST", path, R"({"filter":{"cause":"too_large"},"dry_run":true})");
  ASSERT_EQ(preview.status, 200) << preview.body;
  const json::object shown = object_in(preview);
  EXPECT_EQ(json::get_int(shown, "count"), 2);
  EXPECT_EQ(state_of(1), "open");
  bury("late", Stage::header, "too_large");

  const auto started = send("POST", path, json::serialize(json::object{{"numbers", shown.at("numbers")}}));
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string job(started.headers.get("Location").value());
  come_through(1);
  come_through(2);
  EXPECT_EQ(json::get_int(done(job), "replayed"), 2);
  EXPECT_EQ(state_of(1), "replayed");
  EXPECT_EQ(state_of(3), "open");
  EXPECT_EQ(state_of(4), "open");
}

TEST_F(DeadLetterRoutes, TellsWhichOfAJobFailed) {
  bury("one");
  start();
  const auto started = send("POST", "/api/v1/dead-letters/replay", R"({"numbers":[1,1,9]})");
  const std::string job(started.headers.get("Location").value());
  come_through(1);
  const json::object ended = done(job);
  EXPECT_EQ(json::get_int(ended, "count"), 2);
  EXPECT_EQ(json::get_int(ended, "replayed"), 1);
  EXPECT_EQ(json::get_int(ended.at("failures").at(0).as_object(), "number"), 9);
  problem_in(get("/api/v1/jobs/" + Uuid::random().text()), 404);
  problem_in(get("/api/v1/jobs/1"), 404);
}

TEST_F(DeadLetterRoutes, AJobSaysWhatBecameOfEach) {
  bury("one");
  bury("two");
  bury("three", Stage::fetch, "not_found");
  bury("four", Stage::fetch, "not_found");
  start();
  const auto started = send("POST", "/api/v1/dead-letters/replay", R"({"numbers":[1,2,3]})");
  const std::string job(started.headers.get("Location").value());
  ASSERT_TRUE(eventually([&] { return state_of(2) == "replaying" && state_of(3) == "replayed"; }));
  EXPECT_EQ(json::get_string(ask(job), "state"), "running") << "nobody knows yet what became of them";
  EXPECT_EQ(bury("two"), 2) << "it fails again";
  come_through(1);
  catalog::Burial again;
  again.letter = catalog::DeadLetters(*database_).get("3").value().value();
  again.claim = RequestClaim{claimed().id, "worker"};
  ASSERT_TRUE(catalog::DeadLetters(*database_).bury(std::span(&again, 1), [](const DeadLetter& letter) {
    return event(letter.id.text());
  }));
  const json::object ended = done(job);
  EXPECT_THAT(outcomes(ended), ElementsAre("1 replayed ", "2 failed_again corrupted: the file ends too early",
                                           "3 failed_again not_found: the file ends too early"));
  EXPECT_EQ(json::get_int(ended, "replayed"), 1);
  EXPECT_EQ(json::get_int(ended, "failed"), 2);
  EXPECT_EQ(ask("/api/v1/jobs").at("jobs").as_array().size(), 1U);
  problem_in(get("/api/v1/jobs?state=done"), 400);
}

TEST_F(DeadLetterRoutes, GivesManyUpByAFilter) {
  bury("one");
  bury("two", Stage::header, "not_dicom");
  bury("three", Stage::header, "not_dicom");
  start();
  const std::string path = "/api/v1/dead-letters/discard";
  EXPECT_EQ(first_error(problem_in(send("POST", path, R"({"filter":{"cause":"not_dicom"}})"), 422), "pointer"),
            "/reason");
  const auto shown = send("POST", path, R"({"filter":{"cause":"not_dicom"},"dry_run":true})");
  EXPECT_EQ(json::get_int(object_in(shown), "count"), 2);
  EXPECT_EQ(state_of(2), "open");
  const auto done = send("POST", path, R"({"filter":{"cause":"not_dicom"},"reason":"a test"})");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(object_in(done).at("numbers"), (json::array{2, 3}));
  EXPECT_THAT(numbers("?state=discarded"), ElementsAre(2, 3));
  EXPECT_EQ(state_of(1), "open");
  EXPECT_EQ(database_->read("select actor from audit where action = 'dead_letter.discard'")->size(), 2U);
}

TEST_F(DeadLetterRoutes, ListsThoseThatFailedInATime) {
  bury("one");
  start();
  EXPECT_THAT(numbers("?since=2023-11-14T22:13:20Z&until=2023-11-14T22:13:21Z"), ElementsAre(1));
  EXPECT_THAT(numbers("?since=2023-11-14T22:13:21Z"), ElementsAre());
  EXPECT_THAT(numbers("?until=2023-11-14T22:13:20Z"), ElementsAre());
  const auto selection = LetterSelection::of(json::parse(R"({"filter":{"since":"2023-11-15"}})")->as_object());
  ASSERT_TRUE(selection);
  catalog::DeadLetters letters(*database_);
  EXPECT_THAT(numbers_of(*selection, letters).value(), ElementsAre());
  EXPECT_EQ(first_error(problem_in(get("/api/v1/dead-letters?cause=casue"), 400), "parameter"), "cause");
  EXPECT_EQ(first_error(problem_in(get("/api/v1/dead-letters?until=noon"), 400), "parameter"), "until");
}

TEST_F(DeadLetterRoutes, SaysWhatIsWrongWithAnOrder) {
  start();
  const auto wrong = [&](std::string_view body, std::string_view pointer) {
    const json::object problem = problem_in(send("POST", "/api/v1/dead-letters/replay", body), 422);
    EXPECT_EQ(first_error(problem, "pointer"), pointer) << body;
  };
  wrong("{}", "/filter");
  wrong(R"({"filter":{},"numbers":[1]})", "/filter");
  wrong(R"({"filter":[]})", "/filter");
  wrong(R"({"filter":{"casue":"too_large"}})", "/filter/casue");
  wrong(R"({"filter":{"cause":7}})", "/filter/cause");
  wrong(R"({"filter":{"stage":"nowhere"}})", "/filter/stage");
  wrong(R"({"filter":{"cause":"casue"}})", "/filter/cause");
  wrong(R"({"filter":{"since":"noon"}})", "/filter/since");
  wrong(R"({"numbers":1})", "/numbers");
  wrong(R"({"numbers":[1,"2"]})", "/numbers/1");
  wrong(R"({"numbers":[0]})", "/numbers/0");
  wrong(R"({"filter":{},"dry_run":"yes"})", "/dry_run");
  problem_in(send("POST", "/api/v1/dead-letters/replay", "{"), 400);
  problem_in(send("POST", "/api/v1/dead-letters/replay", "[]"), 422);
  problem_in(send("POST", "/api/v1/dead-letters/replay", "{}", {{"Content-Type", "text/csv"}}), 415);
}

TEST_F(DeadLetterRoutes, GivesOneUpWithAReason) {
  bury("one");
  bury("two");
  start();
  problem_in(send("DELETE", "/api/v1/dead-letters/1", "", {}), 422);
  problem_in(send("DELETE", "/api/v1/dead-letters/1?reason=+", "", {}), 422);
  problem_in(send("DELETE", "/api/v1/dead-letters/1", R"({"reason":7})"), 422);
  EXPECT_EQ(state_of(1), "open");
  const auto discarded = send("DELETE", "/api/v1/dead-letters/1", R"({"reason":"sent again"})");
  ASSERT_EQ(discarded.status, 200) << discarded.body;
  EXPECT_EQ(json::get_string(object_in(discarded), "discard_reason"), "sent again");
  EXPECT_EQ(send("DELETE", "/api/v1/dead-letters/2?reason=not+ours", "", {}).status, 200);
  problem_in(send("DELETE", "/api/v1/dead-letters/1?reason=again", "", {}), 409);
  problem_in(send("DELETE", "/api/v1/dead-letters/77?reason=none", "", {}), 404);
  problem_in(send("POST", "/api/v1/dead-letters/1/replay", "", {}), 409);
  EXPECT_EQ(database_->read("select actor from audit where action = 'dead_letter.discard'")->size(), 2U);
}

}  // namespace
}  // namespace dmw::api
