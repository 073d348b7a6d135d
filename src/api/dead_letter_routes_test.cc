#include <gmock/gmock.h>

#include "api/replay_order.h"
#include "api/test_api.h"

namespace dmw::api {
namespace {

using testing::ElementsAre;

class DeadLetterRoutes : public ApiTest {
 protected:
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
}

TEST_F(DeadLetterRoutes, TellsTheStudyAndListsByIt) {
  bury("one", Stage::header, "corrupted", "1.2.3");
  bury("two");
  start();
  EXPECT_THAT(numbers("?study=1.2.3"), ElementsAre(1));
  EXPECT_THAT(numbers("?study=1.2"), ElementsAre());
  EXPECT_EQ(json::get_string(ask("/api/v1/dead-letters/1"), "study_instance_uid"), "1.2.3");
  EXPECT_TRUE(ask("/api/v1/dead-letters/2").at("study_instance_uid").is_null());
  const auto order = ReplayOrder::of(json::parse(R"({"filter":{"study":"1.2.3"}})")->as_object());
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
  std::filesystem::remove_all(directory_.path / "storage/dead-letters");
  std::filesystem::create_directory(directory_.path / "storage/dead-letters");
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
  ASSERT_TRUE(eventually([&] { return json::get_string(ask(job), "state") == "done"; }));
  EXPECT_EQ(json::get_int(ask(job), "replayed"), 2);
  EXPECT_EQ(state_of(1), "replaying");
  EXPECT_EQ(state_of(3), "open");
  EXPECT_EQ(state_of(4), "open");
}

TEST_F(DeadLetterRoutes, TellsWhichOfAJobFailed) {
  bury("one");
  start();
  const auto started = send("POST", "/api/v1/dead-letters/replay", R"({"numbers":[1,1,9]})");
  const std::string job(started.headers.get("Location").value());
  ASSERT_TRUE(eventually([&] { return json::get_string(ask(job), "state") == "done"; }));
  const json::object done = ask(job);
  EXPECT_EQ(json::get_int(done, "count"), 2);
  EXPECT_EQ(json::get_int(done, "replayed"), 1);
  EXPECT_EQ(json::get_int(done.at("failures").at(0).as_object(), "number"), 9);
  problem_in(get("/api/v1/jobs/" + Uuid::random().text()), 404);
  problem_in(get("/api/v1/jobs/1"), 404);
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
