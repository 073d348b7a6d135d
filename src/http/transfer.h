// Transfer: one request of a client in flight: where the answer goes, from where a body comes, and why we stopped it.
// Internal to this room.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "http/client.h"
#include "http/silence.h"

namespace dmw::http {

/// On the thread of its request, which curl calls back. It stays where it is from attach() until the request is over.
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

  /// `curl`, an easy handle that is set up but for this, calls it back. From now on the time of `stall_timeout` runs.
  /// `silence` hears when we wait for the peer and when it answers; may be null, and outlives the transfer.
  void attach(void* curl, const CallOptions& call, std::chrono::milliseconds stall_timeout, Silence* silence);
  /// Why it was ended by us: by its sink or supply, a limit, a stall or the caller. Nothing where curl ended it.
  const std::optional<Error>& stopped() const { return stopped_; }
  Response& response() { return response_; }

 private:
  using Monotonic = std::chrono::steady_clock::time_point;

  void attach_supply(void* curl);
  void wait_for_peer();
  void wait_no_more();
  void hear();
  /// No byte moved for so long that the call ends.
  void give_up();
  std::size_t take_header(std::string_view line);
  std::size_t take_body(ByteView bytes);
  std::size_t supply_more(std::span<std::byte> into);
  int look(std::int64_t bytes_moved);
  std::size_t refuse(Error error);

  Response response_;
  const ByteSink* sink_ = nullptr;
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
  Silence* silence_ = nullptr;
  bool is_waiting_ = false;  // for the peer, as the silence was told
  Monotonic quiet_since_{};  // as it was told, too
};

}  // namespace dmw::http
