#include <atomic>
#include <latch>
#include <map>
#include <memory>
#include <set>

#include <gmock/gmock.h>

#include "api/test_api.h"

namespace dmw::api {
namespace {

/// Calls `visit` with where it is, its schema and its example.
void each_example(const SpecCheck& spec,
                  const std::function<void(const std::string&, const json::value&, const json::value&)>& visit) {
  const auto visit_content = [&](const std::string& where, const json::value& holder) {
    const json::value* const content = spec.resolved(holder).as_object().if_contains("content");
    if (content == nullptr) return;
    for (const auto& [type, media] : content->as_object()) {
      ASSERT_TRUE(media.as_object().contains("example")) << where << " has no example";
      if (std::string_view(type).find("json") != std::string_view::npos) {
        visit(where, media.at("schema"), media.at("example"));
      }
    }
  };
  for (const auto& [path, operations] : spec.paths()) {
    for (const auto& [method, operation] : operations.as_object()) {
      const std::string where = format("{} {}", std::string_view(method), std::string_view(path));
      if (const auto* const body = operation.as_object().if_contains("requestBody")) visit_content(where, *body);
      for (const auto& [status, response] : operation.at("responses").as_object()) {
        visit_content(format("{} {}", where, std::string_view(status)), response);
      }
    }
  }
}

TEST_F(ApiTest, SaysEveryRouteInItsSpecificationAndNoOther) {
  start();
  std::map<std::string, std::string> said;
  for (const auto& [path, operations] : spec().paths()) {
    for (const auto& [method, operation] : operations.as_object()) {
      if (operation.as_object().contains("x-door")) continue;  // answered by that door
      said[format("{} {}", std::string_view(method), std::string_view(path))] =
          json::get_string(operation.as_object(), "x-scope").value_or("none");
    }
  }
  std::map<std::string, std::string> there;
  for (const http::Route& route : api_->routes()) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    there[format("{} {}", method, route.path)] = name(route.scope);
  }
  EXPECT_EQ(said, there);
  EXPECT_EQ(json::get_string(spec().root(), "openapi"), "3.1.0");
}

/// What the server does before a route is asked, it can do to every route.
TEST_F(ApiTest, HasAReasonPhraseForEveryStatusOfItsSpecification) {
  start();
  for (const auto& [path, item] : spec().paths()) {
    for (const auto& [method, operation] : item.as_object()) {
      for (const auto& response : operation.at("responses").as_object())
        EXPECT_NE(http::reason(std::stoi(std::string(response.key()))), "Unknown") << path << " " << response.key();
    }
  }
}

TEST_F(ApiTest, SaysOfEachRouteWhichRefusalsHoldForAll) {
  start();
  const std::vector<http::Route> routes = api_->routes();
  for (const auto& [path, operations] : spec().paths()) {
    const auto route = std::ranges::find(routes, std::string_view(path), &http::Route::path);
    const bool any_host = route != routes.end() && route->any_host;
    for (const auto& [verb, operation] : operations.as_object()) {
      const std::string where = format("{} {}", std::string_view(verb), std::string_view(path));
      const json::object& told = operation.at("responses").as_object();
      EXPECT_TRUE(told.contains("400")) << where << ": a query and a Host can be unreadable";
      EXPECT_TRUE(told.contains("503")) << where << ": requests may have to wait";
      EXPECT_EQ(told.contains("421"), !any_host) << where;
      EXPECT_EQ(told.contains("403"), verb != "get") << where;
      EXPECT_EQ(told.contains("415"), operation.as_object().contains("requestBody")) << where;
    }
  }
}

TEST_F(ApiTest, SaysWhichBodiesARouteTakesAndNeeds) {
  start();
  for (const http::Route& route : api_->routes()) {
    std::string verb = route.method;
    for (char& c : verb) c = static_cast<char>(c - 'A' + 'a');
    const json::object& operation = spec().paths().at(route.path).at(verb).as_object();
    const json::value* const body = operation.if_contains("requestBody");
    std::vector<std::string> types;
    if (body != nullptr) {
      for (const auto& [type, media] : body->at("content").as_object()) types.emplace_back(type);
    }
    EXPECT_EQ(types, route.accepts) << verb << ' ' << route.path;
    EXPECT_EQ(body != nullptr && body->at("required").as_bool(), route.body_required) << verb << ' ' << route.path;
  }
}

TEST_F(ApiTest, AnswersProbesUnderAnyHostAndTheRestUnderItsOwn) {
  start();
  for (const std::string_view path : {"/health", "/ready", "/metrics"})
    EXPECT_EQ(get(path, {{"Host", "gateway.example.org"}}).status, 200) << path;
  for (const std::string_view path : {"/", "/docs", "/openapi.json", "/api/v1/studies", "/api/v1/events"})
    EXPECT_EQ(get(path, {{"Host", "gateway.example.org"}}).status, 421) << path;
  EXPECT_EQ(send("DELETE", "/api/v1/studies/1.2.3", R"({"reason":"x"})",
                 {{"Content-Type", "application/json"}, {"Origin", "http://elsewhere.example.org"}})
                .status,
            403);
}

TEST_F(ApiTest, ShowsItsPagesWhileEveryOtherCallWaits) {
  // The workers may leave their wait after this test has ended.
  const auto release = std::make_shared<std::latch>(1);
  const auto blocked = std::make_shared<std::atomic<std::size_t>>(0);
  Parts slow = parts();
  slow.submit = [=](const NewRequest&) -> Result<catalog::Submitted> {
    ++*blocked;
    release->wait();
    return fail(Errc::unavailable, "the catalog was frozen");
  };
  start(std::move(slow));
  const std::string body = format(R"({{"ID":"{}","Path":"Study"}})", kOrthancId);
  const std::string request = format(
      "POST /api/v1/ingestion/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body);
  const auto workers = http::ServerOptions().workers;
  std::vector<http::TestSocket> callers;
  for (std::size_t i = 0; i < workers + 10; ++i) {
    callers.push_back(http::TestSocket::connect(port()));
    callers.back().say(request);
  }
  EXPECT_TRUE(eventually([&] { return *blocked == workers; }));
  for (const std::string_view path :
       {"/", "/docs", "/redoc", "/assets/docs.js", "/openapi.json", "/health", "/ready", "/metrics"})
    EXPECT_EQ(get(path).status, 200) << path;
  release->count_down();
}

TEST_F(ApiTest, GivesExamplesThatAreAsItsSchemasSay) {
  start();
  std::size_t examples = 0;
  each_example(spec(), [&](const std::string& where, const json::value& schema, const json::value& example) {
    ++examples;
    const auto wrong = spec().objections(schema, example);
    EXPECT_TRUE(wrong.empty()) << where << ": " << ::testing::PrintToString(wrong);
  });
  EXPECT_GT(examples, 60U);
}

TEST_F(ApiTest, RefusesWithAProblemWhatItDoesNotHave) {
  start();
  problem_in(get("/nothing"), 404);
  problem_in(get("/api/v1/studies/1.2/nothing"), 404);
  const auto refused = send("DELETE", "/api/v1/studies", "");
  problem_in(refused, 405);
  EXPECT_EQ(refused.headers.get("Allow"), "GET, HEAD");
  problem_in(get("/api/v1/studies?patient_id=%ff"), 400);
}

TEST_F(ApiTest, ServesItsPagesWithoutAnythingFromElsewhere) {
  start();
  for (const std::string_view path : {"/", "/docs", "/redoc"}) {
    const auto page = get(path);
    ASSERT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.headers.get("Content-Type"), "text/html; charset=utf-8");
    const std::string policy(page.headers.get("Content-Security-Policy").value());
    EXPECT_THAT(policy, ::testing::HasSubstr("default-src 'none'"));
    EXPECT_EQ(policy.find("http"), policy.npos);
    EXPECT_EQ(page.body.find("http"), page.body.npos) << path;
    for (std::size_t at = page.body.find("\"/"); at != page.body.npos; at = page.body.find("\"/", at + 1)) {
      const std::string target = page.body.substr(at + 1, page.body.find('"', at + 1) - at - 1);
      if (target == "/api/v1/events/stream") continue;
      EXPECT_EQ(get(target).status, 200) << target;
    }
  }
  for (const std::string_view script : {"start.mjs", "upload.mjs", "well.mjs", "docs.js", "redoc.js"}) {
    const auto found = get(format("/assets/{}", script));
    EXPECT_EQ(found.status, 200) << script;
    EXPECT_EQ(found.headers.get("Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_EQ(found.body.find("http:"), found.body.npos) << script;
  }
  for (const std::string_view asset : {"swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"}) {
    const std::string path = format("/assets/{}", asset);
    const auto found = get(path);
    EXPECT_EQ(found.headers.get("Content-Encoding"), "gzip");
    EXPECT_THAT(found.body, ::testing::StartsWith("\x1f\x8b"));
    const std::string tag(found.headers.get("ETag").value());
    EXPECT_EQ(get(path, {{"If-None-Match", tag}}).status, 304);
    problem_in(get(path, {{"Accept-Encoding", "identity"}}), 406);
  }
  problem_in(get("/assets/..%2f..%2fetc%2fpasswd"), 404);
}

TEST_F(ApiTest, TakesWhatIsDroppedOntoItsStartPage) {
  start();
  const auto page = get("/");
  for (const std::string_view part : {"id=\"files\"", "id=\"folder\"", "src=\"/assets/start.mjs\""})
    EXPECT_THAT(page.body, ::testing::HasSubstr(part));
  const std::string policy(page.headers.get("Content-Security-Policy").value());
  for (const std::string_view allowed : {"script-src 'self';", "connect-src 'self';"})
    EXPECT_THAT(policy, ::testing::HasSubstr(allowed));
  EXPECT_EQ(policy.find("unsafe"), policy.npos);
  // Each id that the script asks for is on the page.
  const std::string script = get("/assets/start.mjs").body;
  for (std::size_t from = script.find("at('"); from != script.npos; from = script.find("at('", from + 1)) {
    const std::string id = script.substr(from + 4, script.find('\'', from + 4) - from - 4);
    EXPECT_THAT(page.body, ::testing::HasSubstr(format("id=\"{}\"", id)));
  }
}

TEST_F(ApiTest, IsHealthyWhileItLives) {
  start();
  EXPECT_EQ(get("/health").body, R"({"status":"ok"})");
}

TEST_F(ApiTest, TellsHowEachPartIs) {
  start();
  EXPECT_EQ(json::get_string(ask("/ready"), "status"), "ok");
  add_part({.name = "broker", .state = PartState::State::degraded, .reason = "away", .since = 1});
  json::object ready = ask("/ready");
  EXPECT_EQ(json::get_string(ready, "status"), "degraded");
  EXPECT_EQ(json::get_string(ready.at("parts").at(2).as_object(), "reason"), "away");
  add_part({.name = "inbox", .state = PartState::State::down, .reason = "the disk is full"});
  const auto response = get("/ready");
  const json::object problem = problem_in(response, 503);
  EXPECT_EQ(problem.at("parts").as_array().size(), 4U);
  EXPECT_EQ(first_error(problem, "parameter"), "inbox");
}

TEST_F(ApiTest, CountsEveryRequestUnderItsRoute) {
  start();
  get("/api/v1/studies/1.2.3");
  get("/nothing");
  ASSERT_TRUE(eventually([&] { return get("/metrics").body.find("unmatched") != std::string::npos; }));
  const auto metrics = get("/metrics");
  EXPECT_EQ(metrics.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(metrics.body,
              ::testing::HasSubstr("dicom_middleware_requests_total{endpoint=\"/api/v1/studies/{uid}\",method=\"GET\","
                                   "status=\"404\"} 1"));
  EXPECT_THAT(metrics.body,
              ::testing::HasSubstr("dicom_middleware_request_duration_seconds_count{endpoint=\"/api/v1/"));
  EXPECT_EQ(metrics.body.find("1.2.3"), std::string::npos);
}

}  // namespace
}  // namespace dmw::api
