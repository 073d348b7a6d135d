// A STOW-RS door behind a server, with an inbox that nobody empties.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/format.h"
#include "base/json.h"
#include "dicom/part10.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_peer.h"
#include "inbox/inbox.h"
#include "inbox/test_inbox.h"
#include "sources/upload/upload_door.h"
#include "testing/dicom_file.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {

class StowDoorTest : public ::testing::Test {
 protected:
  void open(std::uint64_t inbox_limit_bytes = 0, std::size_t results_max = 400'000) {
    inbox_ = inbox::Inbox::open({directory_.path(), inbox_limit_bytes, 0, dicom::dataset_offset}, clock_).value();
    door_ = std::make_unique<UploadDoor>(UploadDoor::Rooms{*inbox_, read_, metrics_, clock_, results_max});
    http::ServerOptions options;
    options.tcp = {{"127.0.0.1", 0}};
    server_ = http::Server::start(std::move(options), http::Router(door_->routes())).value();
  }
  ~StowDoorTest() override {
    if (server_) server_->stop(std::chrono::seconds(5));
  }
  std::uint16_t port() const { return server_->ports().at(0); }

  http::Response post(std::string_view path, const std::string& body, http::Headers headers) {
    http::Client client({.base_url = format("http://127.0.0.1:{}", port())});
    http::CallOptions call;
    call.headers = std::move(headers);
    if (!call.headers.get("Content-Type")) call.headers.add("Content-Type", "application/dicom");
    return client.post(path, body, call).value();
  }
  http::Response store(const std::vector<std::string>& files, std::string_view path = "/dicom-web/studies",
                       http::Headers more = {}) {
    more.add("Content-Type", R"(multipart/related; type="application/dicom"; boundary="b b")");
    return post(path, multipart(files), std::move(more));
  }
  static std::string multipart(const std::vector<std::string>& files) {
    std::string body;
    for (const std::string& file : files) body += "--b b\r\nContent-Type: application/dicom\r\n\r\n" + file + "\r\n";
    return body + "--b b--\r\n";
  }
  static std::string image(std::string_view sop, std::string_view study = "1.2.3", std::size_t pixels = 100) {
    return dicom::testing::File::instance(study, "1.2.3.4", sop).pixels(pixels).bytes();
  }
  static json::object object_in(const http::Response& response) {
    return json::parse(response.body).value().as_object();
  }
  /// SOP Instance UIDs of a sequence, or the value of another attribute of its items.
  static std::vector<json::value> values(const http::Response& response, std::string_view sequence,
                                         std::string_view tag = "00081155") {
    std::vector<json::value> found;
    const json::object answer = object_in(response);
    if (const json::value* const items = answer.if_contains(sequence)) {
      for (const json::value& item : items->at("Value").as_array())
        found.push_back(item.at(tag).at("Value").as_array().at(0));
    }
    return found;
  }
  std::size_t kept() const { return inbox_->depth().items; }
  std::size_t spooled() const { return inbox::spooled_files(directory_.path()); }
  /// Digests of whole files, so that a failure is legible.
  std::multiset<std::string> kept_files() {
    std::multiset<std::string> all;
    const auto items = inbox_->claim(10'000, UINT64_MAX).value();
    for (const SpooledInstance& item : items) all.insert(digest(read_file(item.file)));
    return all;
  }
  static std::multiset<std::string> digests(const std::vector<std::string>& files) {
    std::multiset<std::string> all;
    for (const std::string& file : files) all.insert(digest(file));
    return all;
  }
  static std::string digest(const std::string& bytes) { return Sha256::of(as_bytes(bytes)).hex(); }

  ScratchFolder directory_;
  SystemClock clock_;
  Metrics metrics_;
  dicom::ReadOptions read_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::unique_ptr<UploadDoor> door_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace dmw::sources
