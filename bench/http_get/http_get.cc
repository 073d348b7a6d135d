// How fast a server gives files away: each path once, over keep-alive connections of one thread each; bodies are read
// and dropped. Prints one JSON object.
//
// usage: http_get PORT CONNECTIONS PATHS_FILE        (a path a line, of 127.0.0.1)
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t kReadBytes = 256U << 10U;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct Sum {
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> files{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> failed{0};
};

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)), buffer_(kReadBytes) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    open_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(socket_); }

  /// The size of the body of a 200, or -1; the connection is of no use afterwards.
  std::int64_t get(const std::string& path) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    if (!open_ || send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      return -1;
    }
    std::string head;
    while (head.find(kHeadEnd) == std::string::npos) {
      const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return -1;
      head.append(buffer_.data(), static_cast<std::size_t>(got));
    }
    const std::size_t body_at = head.find(kHeadEnd) + kHeadEnd.size();
    const std::int64_t length = content_length(std::string_view(head).substr(0, body_at));
    if (length < 0 || head.compare(0, 12, "HTTP/1.1 200") != 0) return -1;
    std::int64_t left = length - static_cast<std::int64_t>(head.size() - body_at);
    while (left > 0) {
      const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return -1;
      left -= got;
    }
    return left == 0 ? length : -1;
  }

 private:
  static std::int64_t content_length(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const std::size_t at = head.find(name);
      if (at != std::string_view::npos) return std::atoll(head.data() + at + name.size());
    }
    return -1;
  }

  int socket_;
  bool open_ = false;
  std::vector<char> buffer_;
};

void take_files(std::uint16_t port, const std::vector<std::string>& paths, Sum& sum) {
  Connection connection(port);
  for (std::size_t i = sum.next++; i < paths.size(); i = sum.next++) {
    const std::int64_t size = connection.get(paths[i]);
    if (size < 0) {
      ++sum.failed;
      return;
    }
    ++sum.files;
    sum.bytes += static_cast<std::uint64_t>(size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: http_get PORT CONNECTIONS PATHS_FILE\n", stderr);
    return 2;
  }
  std::vector<std::string> paths;
  std::ifstream file(argv[3]);
  for (std::string line; std::getline(file, line);) paths.push_back(line);
  Sum sum;
  const auto begin = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
      threads.emplace_back([&] { take_files(static_cast<std::uint16_t>(std::atoi(argv[1])), paths, sum); });
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  std::printf("{\"files\": %llu, \"bytes\": %llu, \"failed\": %llu, \"seconds\": %.6f}\n",
              static_cast<unsigned long long>(sum.files), static_cast<unsigned long long>(sum.bytes),
              static_cast<unsigned long long>(sum.failed), spent.count());
  return sum.files == paths.size() ? 0 : 1;
}
