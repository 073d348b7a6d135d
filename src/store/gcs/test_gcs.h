// A strict Google Cloud Storage for tests: it checks tokens and assertions, preconditions, checksums and the rules of
// resumable uploads, and fails as a test wants it to. Facts: Cloud Storage JSON API reference; "Resumable uploads".
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/format.h"
#include "base/json.h"
#include "base/private.h"
#include "http/server.h"
#include "store/gcs/answers.h"
#include "store/gcs/credentials.h"
#include "store/gcs/test_answers.h"

namespace dmw::store::gcs {

class StrictGcs {
 public:
  using Object = TestObject;
  using Fault = TestFault;

  StrictGcs() {
    http::ServerOptions options;
    options.tcp = {{"127.0.0.1", 0}};
    auto started = http::Server::start(std::move(options), http::Router(routes()));
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }

  std::uint16_t port() const { return server_->ports().at(0); }
  std::string url() const { return format("http://127.0.0.1:{}", port()); }
  ServiceAccount account() const {
    return {"gateway@project.iam.gserviceaccount.com", "key-1", Private<std::string>(test_key()), url() + "/token"};
  }
  /// The text of a file of credentials.
  std::string account_file() const {
    return json::serialize(json::object{{"type", "service_account"},
                                        {"client_email", account().email},
                                        {"private_key_id", account().key_id},
                                        {"private_key", test_key()},
                                        {"token_uri", account().token_uri}});
  }
  void fail_next(const Fault& fault, int times = 1) {
    const std::scoped_lock lock(mutex_);
    for (int n = 0; n < times; ++n) faults_.push_back(fault);
  }
  bool all_faults_happened() const {
    const std::scoped_lock lock(mutex_);
    return faults_.empty();
  }
  void forget_tokens() {
    const std::scoped_lock lock(mutex_);
    tokens_.clear();
  }
  void forget_bucket() {
    const std::scoped_lock lock(mutex_);
    bucket_.clear();
    objects_.clear();
  }
  int requests(const std::string& kind) const {
    const std::scoped_lock lock(mutex_);
    const auto found = requests_.find(kind);
    return found == requests_.end() ? 0 : found->second;
  }
  std::map<std::string, Object> objects() const {
    const std::scoped_lock lock(mutex_);
    return objects_;
  }
  void change(const std::string& name, const std::string& bytes) {
    const std::scoped_lock lock(mutex_);
    keep(name, {bytes, "application/dicom", {}, 0});
  }
  void list_also(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    listed_also_ = name;
  }
  void page_size(std::size_t names) {
    const std::scoped_lock lock(mutex_);
    page_size_ = names;
  }

 private:
  struct Session {
    std::string name;
    std::string generation;  // that must stand
    json::object resource;
    std::uint64_t size = 0;
    std::string bytes;
    bool is_over = false;
  };
  using Answer = http::Answer;
  using Request = http::Request;

  http::Route route(const std::string& method, const std::string& path, Answer (StrictGcs::*does)(const Request&)) {
    return {.method = method,
            .path = path,
            .scope = http::Scope::open,
            .function =
                [this, does](const Request& request, http::Responder responder) {
                  const std::scoped_lock lock(mutex_);
                  responder.send((this->*does)(request));
                },
            .body_limit_bytes = 64U << 20U};
  }
  std::vector<http::Route> routes() {
    return {route("POST", "/token", &StrictGcs::token),
            route("POST", "/impersonate", &StrictGcs::impersonated_token),
            route("GET", "/computeMetadata/v1/instance/service-accounts/default/token", &StrictGcs::machine_token),
            route("POST", "/upload/storage/v1/b/{bucket}/o", &StrictGcs::insert_or_begin),
            route("PUT", "/upload/storage/v1/b/{bucket}/o", &StrictGcs::chunk_or_state),
            route("GET", "/storage/v1/b/{bucket}/o/{object}", &StrictGcs::stat_or_media),
            route("DELETE", "/storage/v1/b/{bucket}/o/{object}", &StrictGcs::remove),
            route("GET", "/storage/v1/b/{bucket}/o", &StrictGcs::list)};
  }

  /// Counts the request; gives the fault that is meant for it.
  std::optional<Fault> fault_for(const std::string& kind) {
    ++requests_[kind];
    const auto found = std::ranges::find(faults_, kind, &Fault::kind);
    if (found == faults_.end()) return std::nullopt;
    const Fault fault = *found;
    faults_.erase(found);
    return fault;
  }
  std::optional<Answer> stranger(const Request& request) const {
    const std::string_view field = request.header("Authorization").value_or("");
    if (!field.starts_with("Bearer ") || !tokens_.contains(std::string(field.substr(7))))
      return error(401, "Invalid Credentials", "authError");
    if (request.parameter("bucket") != bucket_) return error(404, "The specified bucket does not exist.", "notFound");
    return std::nullopt;
  }

  Answer new_token() {
    const std::string text = format("token-{}", ++tokens_made_);
    tokens_.insert(text);
    return Answer::json(
        200, json::serialize(json::object{{"access_token", text}, {"expires_in", 3'600}, {"token_type", "Bearer"}}));
  }
  Answer token(const Request& request) {
    const auto fault = fault_for("token");
    if (auto refused = refusal_of(fault)) return std::move(*refused);
    if (fault) return Answer::json(200, "{}");
    const http::Query form = http::Query::parse(request.body).value();
    if (form.get("grant_type") == "refresh_token") {
      const bool known = form.get("client_id") == "client" && form.get("client_secret") == "secret" &&
                         form.get("refresh_token") == "refresh";
      return known ? new_token() : Answer::json(400, R"({"error":"invalid_grant"})");
    }
    if (form.get("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange") {
      const bool known = form.get("subject_token") == "platform" && form.get("audience") == "//iam/pool";
      return known ? new_token() : Answer::json(400, R"({"error":"invalid_grant"})");
    }
    // RS256 gives one signature for one text, so it can be made again. The second may have changed meanwhile.
    const MicrosUtc now = SystemClock().now();
    for (int back = 0; back < 120; ++back) {
      if (form.get("assertion") == assertion_of(account(), now - back * 1'000'000).value()) return new_token();
    }
    return Answer::json(400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})");
  }
  Answer impersonated_token(const Request& request) {
    const std::string_view field = request.header("Authorization").value_or("");
    if (!field.starts_with("Bearer ") || tokens_.erase(std::string(field.substr(7))) == 0)
      return error(401, "Invalid Credentials", "authError");
    const std::string text = format("token-{}", ++tokens_made_);
    tokens_.insert(text);
    return Answer::json(200,
                        json::serialize(json::object{{"accessToken", text}, {"expireTime", "2026-11-30T22:00:00Z"}}));
  }
  Answer machine_token(const Request& request) {
    (void)fault_for("token");
    if (request.header("Metadata-Flavor") != "Google") return error(403, "Missing Metadata-Flavor:Google header.");
    Answer answer = new_token();
    answer.headers.add("Metadata-Flavor", "Google");
    return answer;
  }

  Answer resource(const std::string& name, bool other_checksum = false) const {
    const Object& object = objects_.at(name);
    const std::uint32_t crc = crc32c(0, as_bytes(object.bytes)) ^ (other_checksum ? 1U : 0U);
    return Answer::json(200, json::serialize(json::object{{"name", name},
                                                          {"size", format("{}", object.bytes.size())},
                                                          {"generation", format("{}", object.generation)},
                                                          {"crc32c", crc32c_text(crc)}}));
  }
  void keep(const std::string& name, Object object) {
    object.generation = ++generations_;
    objects_[name] = std::move(object);
  }
  /// "0": nothing.
  std::string standing(const std::string& name) const {
    const auto found = objects_.find(name);
    return found == objects_.end() ? "0" : format("{}", found->second.generation);
  }
  Answer store(const std::string& name, std::string_view generation, const json::object& resource_said,
               std::string bytes, const std::optional<Fault>& fault) {
    if (standing(name) != generation)
      return error(412, "At least one of the pre-conditions you specified did not hold.");
    if (json::get_string(resource_said, "crc32c") != crc32c_text(crc32c(0, as_bytes(bytes))))
      return error(400, "Provided CRC32C does not match calculated CRC32C.", "invalid");
    if (fault && fault->what == Fault::What::keeps_other) bytes.back() = static_cast<char>(bytes.back() ^ 1);
    const json::value* const metadata = resource_said.if_contains("metadata");
    keep(name, {std::move(bytes), json::get_string(resource_said, "contentType").value_or(""),
                metadata == nullptr ? json::object() : metadata->as_object(), 0});
    if (fault && fault->what == Fault::What::tells_nothing) return Answer::json(200, "{}");
    Answer answer = resource(name, fault && fault->what == Fault::What::tells_other);
    return fault && fault->what == Fault::What::cut_answer ? cut(std::move(answer)) : std::move(answer);
  }

  Answer insert_or_begin(const Request& request) {
    const bool resumable = request.query("uploadType") == "resumable";
    const auto fault = fault_for(resumable ? "begin" : "insert");
    if (auto refused = refusal_of(fault)) return std::move(*refused);
    if (auto refused = stranger(request)) return std::move(*refused);
    return resumable ? begin(request, fault) : insert(request, fault);
  }
  Answer insert(const Request& request, const std::optional<Fault>& fault) {
    // multipart/related: --B, fields, blank line, resource, --B, fields, blank line, bytes, --B--
    const std::string type(request.header("Content-Type").value_or(""));
    const std::string boundary = "--" + type.substr(type.find("boundary=") + 9);
    const std::string_view body = request.body;
    const std::size_t first = body.find("\r\n\r\n") + 4;
    const std::size_t second = body.find("\r\n" + boundary, first);
    const std::size_t third = body.find("\r\n\r\n", second) + 4;
    const std::string tail = "\r\n" + boundary + "--\r\n";
    if (!body.starts_with(boundary) || second == body.npos || !body.ends_with(tail))
      return error(400, "Malformed multipart body.");
    const json::object said = json::parse(body.substr(first, second - first)).value().as_object();
    return store(std::string(request.query("name").value_or("")), request.query("ifGenerationMatch").value_or(""), said,
                 std::string(body.substr(third, body.size() - tail.size() - third)), fault);
  }
  Answer begin(const Request& request, const std::optional<Fault>& fault) {
    const std::string name(request.query("name").value_or(""));
    const std::string id = format("session-{}", ++sessions_made_);
    sessions_[id] = {name,
                     std::string(request.query("ifGenerationMatch").value_or("")),
                     json::parse(request.body).value().as_object(),
                     std::stoull(std::string(request.header("X-Upload-Content-Length").value_or("0"))),
                     "",
                     false};
    Answer answer = Answer::text(200, "text/plain", "");
    // As behind a proxy: another host in the address.
    if (!fault)
      answer.headers.add("Location",
                         format("https://storage.googleapis.com/upload/storage/v1/b/{}/o?upload_id={}", bucket_, id));
    return answer;
  }
  Answer chunk_or_state(const Request& request) {
    const std::string range(request.header("Content-Range").value_or(""));
    const bool asks = range.starts_with("bytes */");
    const auto fault = fault_for(asks ? "state" : "chunk");
    if (auto refused = refusal_of(fault)) return std::move(*refused);
    if (auto refused = stranger(request)) return std::move(*refused);
    const auto found = sessions_.find(std::string(request.query("upload_id").value_or("")));
    if (found == sessions_.end()) return error(404, "Not Found");
    Session& session = found->second;
    if (session.is_over) return resource(session.name);
    if (!asks) {
      if (auto refused = take_chunk(session, range, request.body, fault)) return std::move(*refused);
    }
    if (session.bytes.size() < session.size) {
      Answer answer = Answer::text(308, "text/plain", "");
      if (!session.bytes.empty()) answer.headers.add("Range", format("bytes=0-{}", session.bytes.size() - 1));
      return fault && fault->what == Fault::What::cut_answer ? cut(std::move(answer)) : std::move(answer);
    }
    Answer answer = store(session.name, session.generation, session.resource, session.bytes, fault);
    session.is_over = objects_.contains(session.name) && answer.status == 200;
    return answer;
  }
  static std::optional<Answer> take_chunk(Session& session, const std::string& range, const std::string& body,
                                          const std::optional<Fault>& fault) {
    const std::optional<ContentRange> said = parse_content_range(range);
    if (!said || said->size_bytes != session.size || said->last - said->first + 1 != body.size())
      return error(400, "Invalid Content-Range.");
    if (said->last + 1 != session.size && body.size() % (256U << 10U) != 0)
      return error(400, "A chunk is a multiple of 256 KiB.");
    if (said->first > session.bytes.size()) return error(400, "There is a gap before the chunk.");
    // Bytes that came before are not stored twice.
    const std::size_t known = session.bytes.size() - said->first;
    std::string fresh = body.substr(std::min(known, body.size()));
    if (fault && fault->what == Fault::What::takes_less) fresh.resize(std::min(fresh.size(), fault->bytes));
    session.bytes += fresh;
    return std::nullopt;
  }

  Answer stat_or_media(const Request& request) {
    const bool media = request.query("alt") == "media";
    const auto fault = fault_for(media ? "media" : "stat");
    if (auto refused = refusal_of(fault)) return std::move(*refused);
    if (auto refused = stranger(request)) return std::move(*refused);
    const std::string& name = request.parameter("object");
    if (!objects_.contains(name)) return error(404, format("No such object: {}/{}", bucket_, name), "notFound");
    if (request.query("ifGenerationMatch").value_or(standing(name)) != standing(name))
      return error(412, "At least one of the pre-conditions you specified did not hold.");
    return media ? give(objects_.at(name), std::string(request.header("Range").value_or("bytes=0-")), fault)
                 : resource(name);
  }
  Answer remove(const Request& request) {
    if (auto refused = refusal_of(fault_for("delete"))) return std::move(*refused);
    if (auto refused = stranger(request)) return std::move(*refused);
    if (objects_.erase(request.parameter("object")) == 0) return error(404, "No such object", "notFound");
    return Answer::text(204, "text/plain", "");
  }
  Answer list(const Request& request) {
    if (auto refused = refusal_of(fault_for("list"))) return std::move(*refused);
    if (auto refused = stranger(request)) return std::move(*refused);
    const std::string prefix(request.query("prefix").value_or(""));
    const std::string from(request.query("pageToken").value_or(""));
    json::array items;
    json::object page;
    for (const auto& [name, object] : objects_) {
      if (!name.starts_with(prefix) || name < from || name.find('/', prefix.size()) != name.npos) continue;
      if (items.size() == page_size_) {
        page["nextPageToken"] = name;
        break;
      }
      items.push_back(json::object{{"name", name}});
    }
    if (!listed_also_.empty()) items.push_back(json::object{{"name", listed_also_}});
    if (!items.empty()) page["items"] = std::move(items);
    return Answer::json(200, json::serialize(page));
  }

  mutable std::mutex mutex_;
  std::string bucket_ = "raw";
  std::map<std::string, Object> objects_;
  std::map<std::string, Session> sessions_;
  std::set<std::string> tokens_;
  std::vector<Fault> faults_;
  std::map<std::string, int> requests_;
  std::string listed_also_;
  std::size_t page_size_ = 1'000;
  int tokens_made_ = 0;
  int sessions_made_ = 0;
  std::uint64_t generations_ = 1'000;
  std::unique_ptr<http::Server> server_;
};

}  // namespace dmw::store::gcs
