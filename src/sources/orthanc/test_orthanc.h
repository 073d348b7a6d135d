// A scripted Orthanc of bare sockets, for the faults that a real one cannot be made to show.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/uuid.h"
#include "testing/dicom_file.h"

namespace dmw::sources {

/// The present, or so many seconds before it, as Orthanc writes a time.
inline std::string orthanc_now(std::int64_t seconds_ago = 0) {
  std::string text;
  for (const char c : rfc3339(SystemClock().now() - seconds_ago * 1'000'000).substr(0, 19)) {
    if (c != '-' && c != ':') text += c;
  }
  return text;
}

inline std::string resource_id(char level, unsigned number) {
  return format("{0:08x}-{1:08x}-00000000-00000000-00000000", static_cast<unsigned>(level), number);
}

/// Any thread. One series a study.
class FakeOrthanc {
 public:
  struct Instance {
    std::string bytes;
    std::string uuid;
    std::string received = orthanc_now();
  };
  struct Study {
    std::string uid;
    std::string last_update = "20260131T120000";
    bool stable = true;
    std::map<std::string, Instance> instances{};
  };
  struct Change {
    std::int64_t seq;
    std::string type;
    std::string id;
  };
  /// Says something else than the answer, and true when it has. The connection is closed then.
  using Act = std::function<bool(int socket, const std::string& path)>;

 private:
  struct Play {
    Act act;
    int running = 0;
  };

 public:
  /// While it lives, questions are answered by its act. Its end waits for the calls that run: what the act refers to
  /// and was there before it is there in each of them.
  class [[nodiscard]] Fault {
   public:
    Fault(FakeOrthanc& of, std::shared_ptr<Play> play) : of_(&of), play_(std::move(play)) {}
    Fault(Fault&& other) noexcept : of_(other.of_), play_(std::move(other.play_)) {}
    Fault& operator=(Fault&&) = delete;
    ~Fault() { end(); }
    void end() {
      if (play_) of_->end(std::exchange(play_, nullptr));
    }

   private:
    FakeOrthanc* of_;
    std::shared_ptr<Play> play_;  // null: it is over
  };

  FakeOrthanc() {
    listener_ = File(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    ASSERT(::bind(listener_.descriptor(), raw, size) == 0 && ::listen(listener_.descriptor(), 64) == 0);
    ASSERT(::getsockname(listener_.descriptor(), raw, &size) == 0);
    url_ = format("http://127.0.0.1:{}", ntohs(address.sin_port));
    accepting_ = std::thread([this] { accept(); });
  }
  FakeOrthanc(const FakeOrthanc&) = delete;
  FakeOrthanc& operator=(const FakeOrthanc&) = delete;
  ~FakeOrthanc() {
    stopping_ = true;
    ::shutdown(listener_.descriptor(), SHUT_RDWR);
    accepting_.join();
    {
      const std::scoped_lock lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : serving_) thread.join();
  }

  const std::string& url() const { return url_; }
  /// A fault that waits for something waits no longer.
  bool waits_no_more() const { return stopping_ || ending_ > 0; }

  /// A study of so many instances. Returns its id; its instances are resource_id('i', number * 1000 + n).
  std::string add_study(unsigned number, unsigned instances) {
    const std::scoped_lock lock(mutex_);
    Study study{.uid = format("1.2.{}", number)};
    for (unsigned n = 0; n < instances; ++n) {
      const TestImage image{.study = study.uid, .series = study.uid + ".1", .sop = format("{}.1.{}", study.uid, n)};
      study.instances[resource_id('i', number * 1000 + n)] = {dicom_file(image), Uuid::random().text()};
    }
    studies_[resource_id('s', number)] = std::move(study);
    return resource_id('s', number);
  }
  void with(const std::function<void(std::map<std::string, Study>&)>& act) {
    const std::scoped_lock lock(mutex_);
    act(studies_);
  }
  void add_change(std::int64_t seq, const std::string& type, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    changes_[seq] = {seq, type, id};
    sequence_ = std::max(sequence_, seq);
  }
  /// Its resource was deleted.
  void drop_change(std::int64_t seq) {
    const std::scoped_lock lock(mutex_);
    changes_.erase(seq);
  }
  /// Another index: its sequence begins anew.
  void clear_changes() {
    const std::scoped_lock lock(mutex_);
    changes_.clear();
    sequence_ = 0;
  }
  /// From now on the answer to a question about many leaves this instance out.
  void hide_from_bulk(const std::string& instance) {
    const std::scoped_lock lock(mutex_);
    hidden_ = instance;
  }
  /// The latest one counts.
  Fault fault(Act act) {
    const std::scoped_lock lock(mutex_);
    play_ = std::make_shared<Play>(std::move(act));
    return {*this, play_};
  }
  /// How often a path that begins so was asked for.
  int asked(const std::string& prefix) const {
    const std::scoped_lock lock(mutex_);
    int count = 0;
    for (const auto& [path, times] : asked_) count += path.starts_with(prefix) ? times : 0;
    return count;
  }

  static void say(int socket, std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  static std::string answer(const std::string& status, const std::string& body, const std::string& more = "") {
    return format("HTTP/1.1 {}\r\nConnection: keep-alive\r\n{}Content-Length: {}\r\n\r\n{}", status, more, body.size(),
                  body);
  }

 private:
  void accept() {
    for (;;) {
      const int socket = ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::scoped_lock lock(mutex_);
      sockets_.push_back(socket);
      serving_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    std::string heard;
    char piece[4096];
    for (;;) {
      std::size_t end = heard.find("\r\n\r\n");
      while (end == heard.npos) {
        const auto got = ::recv(socket, piece, sizeof piece, 0);
        if (got <= 0) return close(socket);
        heard.append(piece, static_cast<std::size_t>(got));
        end = heard.find("\r\n\r\n");
      }
      const std::size_t from = heard.find(' ') + 1;
      const std::string path = heard.substr(from, heard.find(' ', from) - from);
      const std::size_t length = heard.find("Content-Length: ");
      const std::size_t body_bytes = length < end ? std::stoul(heard.substr(length + 16)) : 0;
      while (heard.size() < end + 4 + body_bytes) {
        const auto got = ::recv(socket, piece, sizeof piece, 0);
        if (got <= 0) return close(socket);
        heard.append(piece, static_cast<std::size_t>(got));
      }
      const std::string body = heard.substr(end + 4, body_bytes);
      heard.erase(0, end + 4 + body_bytes);
      if (is_acted(socket, path)) return close(socket);
      say(socket, reply(path, body));
    }
  }
  bool is_acted(int socket, const std::string& path) {
    std::unique_lock lock(mutex_);
    ++asked_[path];
    const std::shared_ptr<Play> play = play_;
    if (!play) return false;
    ++play->running;
    lock.unlock();
    const bool acted = play->act(socket, path);
    lock.lock();
    if (--play->running == 0) idle_.notify_all();
    return acted;
  }
  void end(const std::shared_ptr<Play>& play) {
    ++ending_;
    std::unique_lock lock(mutex_);
    if (play_ == play) play_.reset();
    idle_.wait(lock, [&] { return play->running == 0; });
    --ending_;
  }
  void close(int socket) {
    const std::scoped_lock lock(mutex_);
    std::erase(sockets_, socket);
    ::close(socket);
  }

  static std::string ok(const json::value& body) { return answer("200 OK", json::serialize(body)); }

  std::string reply(const std::string& path, const std::string& body) {
    const std::scoped_lock lock(mutex_);
    if (path == "/tools/now") return answer("200 OK", orthanc_now());
    if (path == "/statistics") return statistics();
    if (path == "/system") return ok(json::object{{"Version", "1.10.1"}});
    if (path == "/changes?last") return ok(json::object{{"Changes", json::array{}}, {"Done", true}, {"Last", last()}});
    if (path.starts_with("/changes?since=")) return changes(number(path, "since="), number(path, "limit="));
    if (path.starts_with("/studies?") && !path.contains("expand")) return some_studies(number(path, "limit="));
    if (path.starts_with("/studies?")) return studies(number(path, "since="), number(path, "limit="));
    if (path.starts_with("/instances?")) return some_instances(number(path, "limit="));
    if (path == "/tools/bulk-content") return bulk_content(json::parse(body).value());
    const std::size_t slash = path.find('/', 1);
    const std::string id = path.substr(slash + 1, 44);
    if (path.starts_with("/studies/") && studies_.contains(id)) {
      const Study& found = studies_.at(id);
      if (!path.ends_with("/statistics")) return ok(study(id, found));
      return ok(json::object{{"CountInstances", static_cast<std::int64_t>(found.instances.size())}});
    }
    for (const auto& [study_id, study] : studies_) {
      if (path.starts_with("/series/") && id == series_of(study_id)) {
        return path.ends_with("/instances") ? instances(study_id, study) : ok(series(study_id, study));
      }
      const auto instance = study.instances.find(id);
      if (!path.starts_with("/instances/") || instance == study.instances.end()) continue;
      if (path.ends_with("/study")) return ok(FakeOrthanc::study(study_id, study));
      if (path.ends_with("/metadata/ReceptionDate")) return answer("200 OK", instance->second.received);
      if (!path.ends_with("/file")) return ok(described(study_id, *instance));
      return answer("200 OK", instance->second.bytes,
                    format("Content-Disposition: filename=\"{}.dcm\"\r\n", instance->second.uuid));
    }
    return answer("404 Not Found", "");
  }

  std::string statistics() const {
    std::size_t instances = 0;
    for (const auto& [id, study] : studies_) instances += study.instances.size();
    return ok(json::object{{"CountStudies", static_cast<std::int64_t>(studies_.size())},
                           {"CountInstances", static_cast<std::int64_t>(instances)}});
  }
  std::string bulk_content(const json::value& question) const {
    json::array list;
    const bool level = question.as_object().contains("Level");
    for (const json::value& resource : question.at("Resources").as_array()) {
      const std::string id(resource.as_string());
      for (const auto& [study_id, from] : studies_) {
        if (level && id == series_of(study_id)) {
          for (const auto& instance : from.instances) list.push_back(described(study_id, instance));
          continue;
        }
        if (id == study_id) list.push_back(study(study_id, from));
        if (id == series_of(study_id)) list.push_back(series(study_id, from));
        if (const auto found = from.instances.find(id); found != from.instances.end() && id != hidden_)
          list.push_back(described(study_id, *found));
      }
    }
    return ok(list);
  }
  static std::int64_t number(const std::string& path, const std::string& key) {
    return std::stoll(path.substr(path.find(key) + key.size()));
  }
  static std::string series_of(std::string study) {
    study[6] = '7', study[7] = '1';
    return study;
  }
  std::int64_t last() const { return changes_.empty() ? sequence_ : changes_.rbegin()->first; }
  std::string changes(std::int64_t since, std::int64_t limit) const {
    json::array list;
    std::int64_t to = since;
    auto change = changes_.upper_bound(since);
    for (; change != changes_.end() && limit-- > 0; ++change) {
      list.push_back(
          json::object{{"Seq", change->first}, {"ChangeType", change->second.type}, {"ID", change->second.id}});
      to = change->first;
    }
    // As 1.10.1 does: an empty page tells how far the sequence ever came.
    if (list.empty()) to = sequence_;
    return ok(json::object{{"Changes", list}, {"Done", change == changes_.end()}, {"Last", to}});
  }
  static json::object study(const std::string& id, const Study& from) {
    return {{"ID", id},
            {"IsStable", from.stable},
            {"LastUpdate", from.last_update},
            {"MainDicomTags", json::object{{"StudyInstanceUID", from.uid}}},
            {"Series", json::array{json::value(series_of(id))}}};
  }
  std::string studies(std::int64_t since, std::int64_t limit) const {
    json::array list;
    for (const auto& [id, from] : studies_) {
      if (since-- > 0 || limit <= 0) continue;
      --limit;
      list.push_back(study(id, from));
    }
    return ok(list);
  }
  std::string some_studies(std::int64_t limit) const {
    json::array list;
    for (const auto& study : studies_) {
      if (limit-- > 0) list.push_back(json::value(study.first));
    }
    return ok(list);
  }
  std::string some_instances(std::int64_t limit) const {
    json::array list;
    for (const auto& [study_id, study] : studies_) {
      for (const auto& instance : study.instances) {
        if (limit-- > 0) list.push_back(json::value(instance.first));
      }
    }
    return ok(list);
  }
  static json::object described(const std::string& study_id, const std::pair<const std::string, Instance>& instance) {
    return {{"ID", instance.first},
            {"ParentSeries", series_of(study_id)},
            {"FileUuid", instance.second.uuid},
            {"FileSize", static_cast<std::int64_t>(instance.second.bytes.size())}};
  }
  static json::object series(const std::string& study_id, const Study& study) {
    json::array list;
    for (const auto& instance : study.instances) list.push_back(json::value(instance.first));
    return {{"ID", series_of(study_id)}, {"Instances", list}};
  }
  static std::string instances(const std::string& study_id, const Study& study) {
    json::array list;
    for (const auto& instance : study.instances) list.push_back(described(study_id, instance));
    return ok(list);
  }

  File listener_;
  std::string url_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> ending_ = 0;
  std::condition_variable idle_;  // of a fault that ends
  mutable std::mutex mutex_;      // guards what follows
  std::map<std::string, Study> studies_;
  std::map<std::int64_t, Change> changes_;
  std::int64_t sequence_ = 0;
  std::map<std::string, int> asked_;
  std::string hidden_;
  std::shared_ptr<Play> play_;
  std::vector<int> sockets_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace dmw::sources
