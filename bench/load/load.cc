// The scenario of load_test/locustfile.py by a program that is not the limit itself: users who each, in turn, ask for
// a study, wait for the answer and then pause for a random time of 0 to PAUSE_MS. One thread, one keep-alive
// connection a user. Prints one JSON object.
//
// usage: load PORT USERS SECONDS PAUSE_MS STUDY_ID       (of 127.0.0.1; no user begins anew after SECONDS)
//        load PORT USERS SECONDS PAUSE_MS @FILE          each study of the file once, a line each, and no more then
#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kAnswerMaxBytes = 64U << 10U;
constexpr auto kPatience = std::chrono::seconds(90);

struct User {
  int socket = -1;
  bool asking = false;
  Clock::time_point asked_at;
  std::string answer;
};

struct Plan {
  std::uint16_t port = 0;
  std::size_t users = 0;
  std::chrono::duration<double> length{};
  double pause_seconds = 0;
  std::vector<std::string> studies;
  bool once = false;  // each study; else the first for ever
};

std::string request_for(const std::string& study) {
  const std::string body = "{\"ID\": \"" + study + "\", \"Path\": \"Study\"}";
  return "POST /api/v1/ingestion/studies HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
         "application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// The status of a whole answer, or 0 while it is not whole.
int whole_answer(std::string_view text) {
  const std::size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  std::string head(text.substr(0, head_end));
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t at = head.find("\r\ncontent-length:");
  const std::size_t length = at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + 17, nullptr, 10);
  return text.size() < head_end + 4 + length ? 0 : std::atoi(head.c_str() + 9);
}

class Crowd {
 public:
  explicit Crowd(Plan plan) : plan_(std::move(plan)), users_(plan_.users), epoll_(epoll_create1(0)) {}
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const User& user : users_) close(user.socket);
    close(epoll_);
  }

  void run() {
    begin_ = Clock::now();
    for (std::size_t i = 0; i < users_.size(); ++i) rest(i);
    const auto end = begin_ + std::chrono::duration_cast<Clock::duration>(plan_.length);
    while (Clock::now() < end && (asking_ > 0 || !all_asked())) {
      start_due();
      hear(due_.empty() ? 10 : milliseconds_until(std::min(due_.top().first, end)));
    }
    spent_ = Clock::now() - begin_;
    in_time_ = latencies_.size();
    while (asking_ > 0 && Clock::now() < end + kPatience) hear(100);
    failed_ += asking_;
  }

  void print() {
    std::ranges::sort(latencies_);
    const auto at = [&](double part) {
      if (latencies_.empty()) return 0.0;
      return latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))] * 1e3;
    };
    std::printf(
        "{\"requests\": %zu, \"failed\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.2f, "
        "\"p95_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f, \"statuses\": {",
        latencies_.size(), failed_, spent_.count(), static_cast<double>(in_time_) / spent_.count(), at(0.50), at(0.95),
        at(0.99), at(1.0));
    const char* between = "";
    for (const auto& [status, count] : statuses_) {
      std::printf("%s\"%d\": %zu", between, status, count);
      between = ", ";
    }
    std::puts("}}");
  }

 private:
  using Due = std::pair<Clock::time_point, std::size_t>;

  static int milliseconds_until(Clock::time_point time) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 100));
  }

  void rest(std::size_t i) {
    const std::chrono::duration<double> pause(std::uniform_real_distribution(0.0, plan_.pause_seconds)(dice_));
    due_.emplace(Clock::now() + std::chrono::duration_cast<Clock::duration>(pause), i);
  }

  bool all_asked() const { return plan_.once && next_study_ == plan_.studies.size(); }

  void start_due() {
    while (!due_.empty() && !all_asked() && due_.top().first <= Clock::now()) {
      const std::size_t i = due_.top().second;
      due_.pop();
      ask(i);
    }
  }

  void ask(std::size_t i) {
    User& user = users_[i];
    user.asked_at = Clock::now();
    user.answer.clear();
    user.asking = true;
    ++asking_;
    if (user.socket < 0 && !dial(i)) return fail(i);
    const std::string request = request_for(plan_.studies[plan_.once ? next_study_++ : 0]);
    if (send(user.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      fail(i);
  }

  bool dial(std::size_t i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    User& user = users_[i];
    user.socket = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(user.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(user.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = i;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, user.socket, &wanted) == 0;
  }

  void hear(int milliseconds) {
    epoll_event events[128];
    const int count = epoll_wait(epoll_, events, 128, milliseconds);
    for (int n = 0; n < count; ++n) read(static_cast<std::size_t>(events[n].data.u64));
  }

  void read(std::size_t i) {
    User& user = users_[i];
    char bytes[8192];
    const ssize_t got = recv(user.socket, bytes, sizeof bytes, 0);
    if (got <= 0) return fail(i);
    user.answer.append(bytes, static_cast<std::size_t>(got));
    if (user.answer.size() > kAnswerMaxBytes) return fail(i);
    const int status = whole_answer(user.answer);
    if (status == 0) return;
    ++statuses_[status];
    if (status >= 400) ++failed_;
    latencies_.push_back(std::chrono::duration<double>(Clock::now() - user.asked_at).count());
    user.asking = false;
    --asking_;
    rest(i);
  }

  /// A server may close a connection that nobody uses; only who asked has lost something.
  void fail(std::size_t i) {
    User& user = users_[i];
    close(user.socket);
    user.socket = -1;
    if (!user.asking) return;
    user.asking = false;
    --asking_;
    ++failed_;
    rest(i);
  }

  const Plan plan_;
  std::vector<User> users_;
  int epoll_;
  std::mt19937_64 dice_{8};
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  Clock::time_point begin_;
  std::chrono::duration<double> spent_{};
  std::vector<double> latencies_;
  std::map<int, std::size_t> statuses_;
  std::size_t next_study_ = 0;
  std::size_t asking_ = 0;
  std::size_t in_time_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: load PORT USERS SECONDS PAUSE_MS STUDY_ID|@FILE\n", stderr);
    return 2;
  }
  Plan plan;
  plan.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  plan.users = static_cast<std::size_t>(std::atoi(argv[2]));
  plan.length = std::chrono::duration<double>(std::atof(argv[3]));
  plan.pause_seconds = std::atof(argv[4]) / 1e3;
  plan.once = argv[5][0] == '@';
  if (plan.once) {
    std::ifstream file(argv[5] + 1);
    for (std::string line; std::getline(file, line);) plan.studies.push_back(line);
  } else {
    plan.studies.emplace_back(argv[5]);
  }
  Crowd crowd(std::move(plan));
  crowd.run();
  crowd.print();
  return 0;
}
