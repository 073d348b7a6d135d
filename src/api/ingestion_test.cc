#include <gmock/gmock.h>

#include "api/test_api.h"

namespace dmw::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kTrigger = "/api/v1/ingestion/studies";
constexpr int kWaiters = 100;

class TriggerTest : public ApiTest {
 protected:
  http::Response trigger(std::string_view body) { return send("POST", kTrigger, body); }
  static std::string body_for(std::string_view id = kOrthancId) {
    return format(R"({{"ID":"{}","Path":"Study","ChangeType":"StableStudy"}})", id);
  }
  /// Sends a trigger that waits, on a connection of its own.
  http::TestSocket waiting(std::string_view prefer) {
    auto socket = http::TestSocket::connect(port());
    const std::string body = body_for();
    socket.say(
        format("POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
               "Prefer: {}\r\nContent-Length: {}\r\n\r\n{}",
               kTrigger, prefer, body.size(), body));
    return socket;
  }
  void finish(const Request& request, std::vector<std::string> uids) {
    catalog::FinishedRequest finished;
    finished.id = request.id;
    finished.study_uids = std::move(uids);
    EXPECT_TRUE(catalog::Requests(*database_).finish(std::span(&finished, 1)));
    api_->on_progress();
  }
};

TEST_F(TriggerTest, AsksNothingOfThePath) {
  start();
  for (const char* path : {"", R"(,"Path":null)", R"(,"Path":"Series")", R"(,"Path":"/studies/x")", R"(,"Path":7)",
                           R"(,"Path":["Study"])", R"(,"Path":{})"}) {
    const auto response = trigger(format(R"({{"ID":"{}"{}}})", kOrthancId, path));
    EXPECT_EQ(response.status, 202) << path << ": " << response.body;
  }
}

TEST_F(TriggerTest, AcceptsAStudyOnceItsRequestIsDurable) {
  start();
  const std::string id = "11111111-2222-3333-4444-555555555555";
  const auto response = send("POST", kTrigger, body_for("0123ABCD-4567EF01-89abcdef-01234567-89abcdef"),
                             {{"Content-Type", "application/json; charset=utf-8"}, {"X-Correlation-ID", id}});
  ASSERT_EQ(response.status, 202) << response.body;
  const json::object body = object_in(response);
  EXPECT_EQ(json::get_string(body, "status"), "accepted");
  EXPECT_EQ(json::get_string(body, "correlation_id"), id);
  const std::string location(response.headers.get("Location").value());
  EXPECT_EQ(location, "/api/v1/ingestion/requests/" + json::get_string(body, "request_id").value());
  const json::object request = ask(location);
  EXPECT_EQ(json::get_string(request, "orthanc_id"), kOrthancId);
  EXPECT_EQ(json::get_string(request, "source"), "orthanc");
  EXPECT_EQ(json::get_string(request, "state"), "waiting");
}

TEST_F(TriggerTest, CoalescesRepeatsIntoARequestThatNobodyHasClaimed) {
  start();
  const json::object first = object_in(trigger(body_for()));
  const json::object second = object_in(trigger(body_for()));
  EXPECT_EQ(json::get_string(first, "request_id"), json::get_string(second, "request_id"));
  EXPECT_EQ(json::get_string(first, "correlation_id"), json::get_string(second, "correlation_id"));
}

TEST_F(TriggerTest, SaysWhatIsWrongWithABody) {
  start();
  const auto wrong = [&](std::string_view body, std::string_view pointer) {
    const json::object problem = problem_in(trigger(body), 422);
    EXPECT_EQ(first_error(problem, "pointer"), pointer) << body;
  };
  wrong(R"({"Path":"Study"})", "/ID");
  wrong(R"({"ID":7,"Path":"Study"})", "/ID");
  wrong(R"({"ID":"","Path":"Study"})", "/ID");
  wrong(body_for("../../../../etc/passwd"), "/ID");
  wrong(body_for("http://169.254.169.254/latest/meta-data/0000"), "/ID");
  wrong(body_for("0123abcd-4567ef01-89abcdef-01234567-89abcdeg"), "/ID");
  wrong(body_for("0123abcd-4567ef01-89abcdef-01234567-89abcdef0"), "/ID");
  wrong(format(R"({{"ID":"{}","Path":"Study","Source":"elsewhere"}})", kOrthancId), "/Source");
  wrong(format(R"({{"ID":"{}","Path":"Study","Source":["orthanc"]}})", kOrthancId), "/Source");
  problem_in(trigger("[]"), 422);
  problem_in(trigger("\"text\""), 422);
  problem_in(trigger("{\"ID\":"), 400);
  problem_in(trigger(""), 400);
  problem_in(trigger(std::string(100, '[')), 400);
  problem_in(trigger(std::string(70'000, ' ')), 413);
  problem_in(send("POST", kTrigger, body_for(), {{"Content-Type", "text/plain"}}), 415);
  problem_in(send("POST", kTrigger, body_for(), {}), 415);
  problem_in(send("POST", kTrigger, "", {}), 415);
  const auto refused = get(kTrigger);
  problem_in(refused, 405);
  EXPECT_EQ(refused.headers.get("Allow"), "POST");
}

TEST_F(TriggerTest, AsksTheSourceThatIsNamed) {
  start();
  const auto response = trigger(format(R"({{"ID":"{}","Path":"Study","Source":"archive"}})", kOrthancId));
  ASSERT_EQ(response.status, 202);
  EXPECT_EQ(claimed("archive").study, kOrthancId);
}

TEST_F(TriggerTest, NamesTheSourcesThatThereAre) {
  Parts several = parts();
  several.default_source.clear();
  start(std::move(several));
  const std::string unknown = body_for().insert(1, R"("Source":"elsewhere",)");
  EXPECT_EQ(first_error(problem_in(trigger(unknown), 422), "detail"),
            "is not a configured source; name one of orthanc, archive");
  const json::object unnamed = problem_in(trigger(body_for()), 422);
  EXPECT_EQ(first_error(unnamed, "pointer"), "/Source") << "none of them is the one that is meant";
  EXPECT_EQ(first_error(unnamed, "detail"), "is missing; name one of orthanc, archive");
}

TEST_F(TriggerTest, Says503WhileTheCatalogIsAway) {
  Parts without = parts();
  without.submit = [](const NewRequest&) -> Result<catalog::Submitted> {
    return fail(Errc::unavailable, "the catalog is away");
  };
  start(std::move(without));
  const auto response = trigger(body_for());
  problem_in(response, 503);
  EXPECT_TRUE(response.headers.get("Retry-After"));
}

TEST_F(TriggerTest, HoldsAHundredCallersOfOneRequestUntilItsStudyIsPublished) {
  start();
  std::vector<http::TestSocket> callers;
  for (int i = 0; i < kWaiters; ++i) callers.push_back(waiting("wait=60"));
  ASSERT_TRUE(eventually([&] { return api_->waiting() == kWaiters; }));
  const Request request = claimed();
  EXPECT_EQ(request.repeats, kWaiters - 1);
  take_in(study_file("1.2.3", "1.2.3.4.5"));
  finish(request, {"1.2.3"});
  settle();
  api_->on_progress();
  for (http::TestSocket& caller : callers) {
    const std::string heard = caller.hear_all();
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(heard, HasSubstr("Preference-Applied: wait=60\r\n"));
    EXPECT_THAT(heard, HasSubstr(R"("status":"published")"));
    EXPECT_THAT(heard, HasSubstr(R"("study_instance_uids":["1.2.3"])"));
    EXPECT_THAT(heard, HasSubstr(request.request_id.text()));
  }
  EXPECT_EQ(api_->waiting(), 0U);
}

TEST_F(TriggerTest, WaitsForEveryRequiredSink) {
  start();
  const auto change = [&](const char* sql) {
    ASSERT_TRUE(database_->write([&](db::Transaction& transaction) { return transaction.script(sql); }));
  };
  change("insert into sinks(name, required) values ('main', true), ('archive', true), ('notes', false)");
  auto caller = waiting("respond-async, wait=60");
  ASSERT_TRUE(eventually([&] { return api_->waiting() == 1; }));
  take_in(study_file("1.2.3", "1.2.3.4.5"));
  finish(claimed(), {"1.2.3"});
  settle();
  EXPECT_EQ(json::get_string(ask("/api/v1/studies/1.2.3"), "state"), "queued");
  EXPECT_EQ(api_->waiting(), 1U);
  change("update sinks set position = 1 where name = 'main'");
  api_->on_progress();
  EXPECT_EQ(json::get_string(ask("/api/v1/studies/1.2.3"), "state"), "queued");
  EXPECT_EQ(api_->waiting(), 1U);
  change("update sinks set position = 1 where name = 'archive'");
  api_->on_progress();
  EXPECT_THAT(caller.hear_all(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(json::get_string(ask("/api/v1/studies/1.2.3"), "state"), "published");
}

TEST_F(TriggerTest, Says502WhenARequestHasFailedForGood) {
  start();
  auto caller = waiting("wait=60");
  ASSERT_TRUE(eventually([&] { return api_->waiting() == 1; }));
  const Request request = claimed();
  EXPECT_TRUE(database_->write([&](db::Transaction& transaction) {
    return catalog::Requests::fail_for_good(transaction, {request.id, "worker"}, "the source has no such study");
  }));
  api_->on_progress();
  const std::string heard = caller.hear_all();
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 502 "));
  EXPECT_THAT(heard, HasSubstr("the source has no such study"));
  EXPECT_THAT(heard, HasSubstr("application/problem+json"));
}

TEST_F(TriggerTest, Says202WhenTheTimeIsUp) {
  Parts patient = parts();
  patient.wait_default = std::chrono::seconds(1);
  start(std::move(patient));
  const auto response = trigger(body_for());
  EXPECT_EQ(response.status, 202);
  EXPECT_FALSE(response.headers.get("Preference-Applied"));
  const auto at_once =
      send("POST", kTrigger, body_for(), {{"Content-Type", "application/json"}, {"Prefer", "respond-async"}});
  EXPECT_EQ(at_once.status, 202);
  EXPECT_EQ(at_once.headers.get("Preference-Applied"), "respond-async");
}

TEST_F(TriggerTest, TakesNoMoreWaitersThanItHasSeats) {
  Api::Options options;
  options.wait_desk.waiters_max = 1;
  start(parts(), options);
  auto first = waiting("wait=60");
  ASSERT_TRUE(eventually([&] { return api_->waiting() == 1; }));
  EXPECT_THAT(waiting("wait=60").hear_all(), StartsWith("HTTP/1.1 202 "));
}

TEST_F(TriggerTest, ForgetsACallerWhoIsGone) {
  start();
  {
    auto caller = waiting("wait=300");
    ASSERT_TRUE(eventually([&] { return api_->waiting() == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return api_->waiting() == 0; }));
}

TEST_F(ApiTest, PagesThroughRequests) {
  start();
  for (int i = 0; i < 5; ++i) {
    const std::string id = format("0000000{}-00000000-00000000-00000000-00000000", i);
    ASSERT_EQ(send("POST", kTrigger, format(R"({{"ID":"{}","Path":"Study"}})", id)).status, 202);
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const json::object page = ask("/api/v1/ingestion/requests?limit=2&state=waiting" + cursor);
    for (const auto& item : page.at("requests").as_array()) {
      seen.push_back(json::get_string(item.as_object(), "orthanc_id").value().substr(7, 1));
    }
    cursor = json::get_string(page, "next_cursor").value_or("");
    if (!cursor.empty()) cursor = "&cursor=" + cursor;
  } while (!cursor.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"4", "3", "2", "1", "0"}));
  EXPECT_EQ(first_error(problem_in(get("/api/v1/ingestion/requests?state=nowhere"), 400), "parameter"), "state");
  problem_in(get("/api/v1/ingestion/requests?unknown=1"), 400);
  problem_in(get("/api/v1/ingestion/requests?limit=0"), 400);
  problem_in(get("/api/v1/ingestion/requests/nothing"), 404);
  problem_in(get("/api/v1/ingestion/requests/" + Uuid::random().text()), 404);
}

}  // namespace
}  // namespace dmw::api
