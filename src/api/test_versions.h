// The API over a whole pipeline: instances arrive, the settler tells of them, and what a consumer of the topic and a
// reader of the API are told is at hand.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/test_api.h"
#include "ingest/test_bench.h"
#include "testing/files.h"

namespace dmw::api {

inline std::vector<std::string> words(const json::object& of, std::string_view member) {
  std::vector<std::string> list;
  for (const json::value& word : of.at(member).as_array()) list.emplace_back(std::string_view(word.as_string()));
  return list;
}

class Versions : public ApiTest {
 protected:
  ~Versions() override { end(); }

  /// What the API uses, its clock too, is the bench's.
  void end() {
    client_.reset();
    if (server_) server_->stop(kPatience);
    server_.reset();
    api_.reset();
  }
  void begin(std::set<std::string> replaces = {}) {
    end();
    bench_ = std::make_unique<ingest::Bench>(ingest::HeaderProcess("/bin/false", {}), std::move(replaces));
    replay_of_bench_ = std::make_unique<ingest::Replay>(bench_->replay());
    settler_ = bench_->settler();
    start(
        {.database = bench_->database(),
         .store = bench_->store(),
         .replay = *replay_of_bench_,
         .metrics = metrics_,
         .clock = bench_->clock,
         .program = program_,
         .submit = [](const NewRequest&) -> Result<catalog::Submitted> { return fail(Errc::unavailable, "no source"); },
         .erase_grace = std::chrono::minutes(7)});
  }
  static std::string file(const std::string& study, const std::string& sop, char pixels = 'a') {
    return ingest::instance(study, sop, pixels);
  }
  void arrive(const std::string& bytes, const Session& from = ingest::Bench::door("stow")) {
    bench_->keep_from(from, bytes);
    ingest_all();
  }
  void ingest_all() {
    for (;;) {
      const Result<bool> more = bench_->ingest();
      ASSERT_TRUE(more) << more.error().message();
      if (!*more) return;
    }
  }
  void pass() {
    const Result<bool> passed = settler_->pass();
    ASSERT_TRUE(passed) << passed.error().message();
  }
  void settle() {
    pass();
    bench_->clock.advance(std::chrono::seconds(10));
    pass();
  }
  /// The bodies on the topic, each as its schema says.
  std::vector<json::object> told(std::string_view study = "") {
    const SpecCheck schema(read_file(std::filesystem::path(DMW_EVENT_SCHEMAS) / "dicom.metadata.v1.schema.json"));
    std::vector<json::object> bodies;
    const json::object page = ask("/api/v1/events?limit=1000");
    for (const json::value& event : page.at("events").as_array()) {
      const json::value& body = event.at("body");
      const auto wrong = schema.objections(json::value(schema.root()), body);
      EXPECT_TRUE(wrong.empty()) << testing::PrintToString(wrong);
      if (study.empty() || std::string_view(event.at("key").as_string()) == study) bodies.push_back(body.as_object());
    }
    return bodies;
  }
  /// "study.updated 2: 3 instances, 1 added".
  std::vector<std::string> story(std::string_view study = "") {
    std::vector<std::string> lines;
    for (const json::object& body : told(study)) {
      lines.push_back(format("{} {}: {} instances, {} added", *json::get_string(body, "event_type"),
                             *json::get_int(body, "revision"), *json::get_int(body, "instance_count"),
                             *json::get_int(body, "instances_added")));
    }
    return lines;
  }
  json::object study(std::string_view uid) { return ask(format("/api/v1/studies/{}", uid)); }
  std::vector<json::object> versions(std::string_view uid, std::string_view query = "all_versions=true") {
    std::vector<json::object> rows;
    const json::object page = ask(format("/api/v1/studies/{}/instances?{}", uid, query));
    for (const json::value& row : page.at("instances").as_array()) rows.push_back(row.as_object());
    return rows;
  }
  std::string bytes_of(const json::object& version) {
    const http::Response response = get(*json::get_string(version, "file"));
    EXPECT_EQ(response.status, 200);
    return response.body;
  }
  std::size_t objects() {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(bench_->inbox_directory().parent_path() / "store"))
      count += entry.path().extension() == ".dcm" ? 1 : 0;
    return count;
  }
  http::Response erase(std::string_view uid) {
    return send("DELETE", format("/api/v1/studies/{}", uid), R"({"reason":"asked for by the patient"})");
  }
  http::Response promote(const json::object& version, std::string_view reason = "the better one") {
    return send("POST", format("/api/v1/instances/{}/promote", *json::get_string(version, "id")),
                json::serialize(json::object{{"reason", reason}}));
  }

  std::unique_ptr<ingest::Bench> bench_;
  std::unique_ptr<ingest::Replay> replay_of_bench_;
  std::unique_ptr<ingest::Settler> settler_;
};

}  // namespace dmw::api
