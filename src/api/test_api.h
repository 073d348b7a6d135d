// The API on real parts for tests: a SQLite catalog, a local store and an inbox in a folder of their own, an HTTP
// server on a free loopback port.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "api/api.h"
#include "api/request_observer.h"
#include "api/test_spec.h"
#include "base/format.h"
#include "base/json.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "catalog/migrations.h"
#include "catalog/recording.h"
#include "catalog/settling.h"
#include "catalog/studies.h"
#include "db/sqlite/sqlite.h"
#include "dicom/part10.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_peer.h"
#include "inbox/inbox.h"
#include "inbox/test_inbox.h"
#include "part/test_part.h"
#include "store/local/local_store.h"
#include "testing/dicom_file.h"
#include "testing/eventually.h"
#include "testing/scratch_folder.h"

namespace dmw::api {

inline constexpr std::chrono::seconds kPatience{10};
inline constexpr std::string_view kOrthancId = "0123abcd-4567ef01-89abcdef-01234567-89abcdef";

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    database_ = db::sqlite::open({.path = directory_ / "catalog.db"}).value();
    EXPECT_TRUE(catalog::migrate(*database_));
    store_ = store::local::open({.root = directory_ / "storage", .locate = dicom::dataset_offset}).value();
    inbox_ = inbox::Inbox::open({directory_ / "inbox", 0, 0, dicom::dataset_offset}, clock_).value();
    replay_ = std::make_unique<ingest::Replay>(*inbox_, *inbox_, *store_, *database_, dicom::ReadOptions{}, clock_);
    recorder_ = std::make_unique<catalog::Recorder>(*database_, clock_, std::set<std::string>{});
    add_part({.name = "catalog"});
    add_part({.name = "store"});
  }
  ~ApiTest() override {
    client_.reset();  // a server that stops gives an idle client time to read its last answer
    if (server_) server_->stop(kPatience);
  }

  void add_part(PartState state, PartKind kind = PartKind::watch) {
    program_.add(made_parts_.emplace_back(std::move(state), kind));
  }

  /// Those that every program has, configured or not.
  void add_sources() {
    for (const char* name : {"dimse", "stow", "folder", "import", "orthanc"})
      add_part({.name = name}, PartKind::source);
  }

  /// What a test may change before it starts.
  Parts parts() {
    return {.database = *database_,
            .store = *store_,
            .replay = *replay_,
            .metrics = metrics_,
            .clock = clock_,
            .program = program_,
            .submit = [this](const NewRequest& wanted) -> Result<catalog::Submitted> {
              return TRY(catalog::Requests(*database_).submit(std::span(&wanted, 1))).front();
            },
            .sources = {"orthanc", "archive"},
            .default_source = "orthanc",
            .version = "1.2.3"};
  }
  void start() { start(parts()); }
  void start(Parts parts, Api::Options options = {}) {
    api_ = std::make_unique<Api>(std::move(parts), options);
    http::ServerOptions serving{.tcp = {{"127.0.0.1", 0}}};
    serving.observe = [this](const http::Served& served) { observer_(served); };
    server_ = http::Server::start(std::move(serving), http::Router(api_->routes())).value();
    client_ = std::make_unique<http::Client>(http::ClientOptions{.base_url = url()});
  }
  std::uint16_t port() const { return server_->ports().at(0); }
  std::string url() const { return format("http://127.0.0.1:{}", port()); }

  http::Response get(std::string_view path, http::Headers headers = {}) {
    return send("GET", path, {}, std::move(headers));
  }
  http::Response send(std::string_view method, std::string_view path, std::string_view body,
                      http::Headers headers = {{"Content-Type", "application/json"}}) {
    http::CallOptions call;
    call.headers = std::move(headers);
    http::Response response = client_->request(method, path, body, call).value();
    spec().check(method, path, response);
    return response;
  }
  static json::object object_in(const http::Response& response) {
    auto parsed = json::parse(response.body);
    EXPECT_TRUE(parsed && parsed->is_object()) << response.body;
    return parsed && parsed->is_object() ? parsed->get_object() : json::object();
  }
  /// The specification as it is served; every answer is compared with it.
  const SpecCheck& spec() {
    if (!spec_) spec_ = std::make_unique<SpecCheck>(client_->get("/openapi.json").value().body);
    return *spec_;
  }
  json::object ask(std::string_view path) {
    const http::Response response = get(path);
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return object_in(response);
  }
  /// Every refusal has this form.
  static json::object problem_in(const http::Response& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
    json::object problem = object_in(response);
    EXPECT_EQ(json::get_int(problem, "status"), status);
    EXPECT_EQ(json::get_string(problem, "correlation_id"), response.headers.get("X-Correlation-ID"));
    EXPECT_TRUE(json::get_string(problem, "detail"));
    return problem;
  }
  static std::string first_error(const json::object& problem, std::string_view member) {
    const json::array& errors = problem.at("errors").as_array();
    if (errors.empty()) return "";
    return json::get_string(errors.front().as_object(), member).value_or("");
  }

  /// Takes a file the whole way into store and catalog; returns the id of its version.
  std::int64_t take_in(const std::string& bytes) {
    inbox::Arrival arrival = inbox::arrival_of(inbox::test_session());
    dicom::MemorySource source(as_bytes(bytes));
    arrival.header = dicom::read_instance(source).value();
    EXPECT_TRUE(inbox::keep(*inbox_, bytes, std::move(arrival)));
    const auto items = inbox_->claim(1, UINT64_MAX).value();
    const SpooledInstance& item = items.at(0);
    const ObjectKey key = key_of(item);
    const store::Put put{key, item.file, item.fingerprint.size_bytes, item.fingerprint.dataset_sha256};
    EXPECT_TRUE(store_->put(std::span(&put, 1)).at(0));
    EXPECT_TRUE(recorder_->record(items));
    EXPECT_TRUE(inbox_->finish(items));
    return database_->read("select max(id) from versions")->at(0).integer(0);
  }
  /// Writes the next revision of every study that has something to tell, each with an event.
  void settle() {
    std::vector<std::int64_t> ids;
    const auto dirty = catalog::dirty_studies(*database_, 100).value();
    for (const catalog::Dirty& study : dirty) ids.push_back(study.study_id);
    auto revisions = catalog::read_revisions(*database_, ids).value();
    for (StudyRevision& revision : revisions) revision.at = clock_.now();
    const std::int64_t epoch =
        catalog::lead(*database_, catalog::settler_role, "test", std::chrono::seconds(15), std::nullopt)->value().epoch;
    std::vector<catalog::Settled> settled;
    for (const StudyRevision& revision : revisions) settled.push_back({&revision, event(revision.study_uid.get())});
    EXPECT_TRUE(catalog::publish(*database_, epoch, settled));
  }
  static Event event(const std::string& key) {
    return {.event_id = Uuid::random(),
            .at = 1'700'000'000'000'000,
            .key = key,
            .headers = R"({"ce_type":"study.received"})",
            .body = R"({"study_instance_uid":")" + key + "\"}"};
  }
  void append_events(int count) {
    std::vector<Event> events;
    for (int i = 0; i < count; ++i) events.push_back(event(format("1.2.{}", i)));
    EXPECT_TRUE(database_->write([&](db::Transaction& transaction) { return catalog::append(transaction, events); }));
  }
  static std::string study_file(std::string_view study, std::string_view sop, std::size_t pixels = 64) {
    return dicom::testing::File::instance(study, "1.2.3.4", sop)
        .text(0x00080020, "DA", "20260131")
        .text(0x00080050, "SH", "A-17")
        .text(0x00080060, "CS", "CT")
        .text(0x00100010, "PN", "Doe^Jane")
        .text(0x00100020, "LO", "P-1")
        .pixels(pixels)
        .bytes();
  }
  /// The request, claimed as a worker does it.
  Request claimed(const std::string& source = "orthanc") {
    return catalog::Requests(*database_).claim(source, "worker", 1, std::chrono::seconds(60)).value().at(0);
  }

  ScratchFolder directory_;
  SystemClock clock_;
  Metrics metrics_;
  RequestObserver observer_{metrics_};
  std::list<FakePart> made_parts_;
  PartList program_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::unique_ptr<ingest::Replay> replay_;
  std::unique_ptr<catalog::Recorder> recorder_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<SpecCheck> spec_;
};

}  // namespace dmw::api
