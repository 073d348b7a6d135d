// Transfer: one request of a client while it runs: the destination of the answer, the origin of the body, and the
// reason why we stopped it. Internal to this room.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "http/client.h"
#include "http/silence.h"

namespace dmw::http {

/// Used on the thread of its request, by callbacks of curl. It must not move between attach() and the end of the
/// request.
class Transfer {
 public:
  /// The answer goes into memory.
  Transfer() = default;
  /// The body of a 2xx answer goes into `sink`, which outlives the transfer.
  explicit Transfer(const ByteSink& sink) : sink_(&sink) {}
  /// The body of the request comes from `supply`, which outlives the transfer.
  Transfer(const ByteSupply& supply, std::uint64_t size_bytes) : supply_(&supply), supply_bytes_(size_bytes) {}

  /// Movable until attach().
  Transfer(Transfer&&) = default;
  Transfer& operator=(Transfer&&) = delete;
  ~Transfer();

  /// Connects it to `curl`, an easy handle that is otherwise ready. The stall timeout starts now. `peer` and its
  /// silence must outlive the transfer.
  void attach(void* curl, const CallOptions& call, const ClientOptions& peer);
  /// Why we ended it: its sink or supply, a limit, a stall or the caller. Nullopt if curl ended it.
  const std::optional<Error>& stopped() const { return stopped_; }
  /// After curl's end without an error: shows an answer without a body to the judge of its head.
  void finish();
  Response& response() { return response_; }

 private:
  using Monotonic = std::chrono::steady_clock::time_point;

  void attach_supply(void* curl);
  void wait_for_peer();
  void wait_no_more();
  void hear();
  /// Ends the call because no byte was transferred for too long.
  void give_up();
  std::string why_given_up() const;
  std::size_t take_header(std::string_view line);
  /// Shows the head of a 2xx answer to its judge, once. False if it is refused; stopped() is set then.
  bool judge_head();
  std::size_t take_body(ByteView bytes);
  std::size_t supply_more(std::span<std::byte> into);
  int look(std::int64_t bytes_moved);
  std::size_t refuse(Error error);

  Response response_;
  const ByteSink* sink_ = nullptr;
  std::function<Result<>(const Response&)> head_;  // of the call; empty once it has judged
  const ByteSupply* supply_ = nullptr;
  std::uint64_t supply_bytes_ = 0;
  std::uint64_t supplied_ = 0;
  std::size_t body_limit_bytes_ = 0;
  std::size_t header_bytes_ = 0;
  std::stop_token stop_;
  std::chrono::milliseconds stall_timeout_{};
  Monotonic last_progress_{};
  std::int64_t bytes_moved_ = 0;
  std::optional<Error> stopped_;
  void* curl_ = nullptr;   // the easy handle
  std::string_view peer_;  // how sentences call it
  bool is_connected_ = false;
  Silence* silence_ = nullptr;
  bool is_waiting_ = false;  // whether the silence was told that we wait
  Monotonic quiet_since_{};  // since this time, as the silence was told
};

}  // namespace dmw::http
