// Puller: the worker of the request lane. One thread claims, extends and finishes requests; a fixed pool of fetchers
// does what they ask for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/requests.h"
#include "lane/aside.h"
#include "lane/backoff.h"
#include "lane/worker.h"
#include "sources/orthanc/fetch_pool.h"

namespace dmw::sources {

class Puller {
 public:
  /// `options` outlives it. `caught_up`: called once, when what an earlier life left behind is claimed again.
  Puller(const OrthancOptions& options, const Surroundings& rooms, std::function<void()> caught_up);
  Puller(const Puller&) = delete;
  Puller& operator=(const Puller&) = delete;
  ~Puller();

  void start();
  /// There are new requests. Any thread.
  void nudge() { worker_.nudge(); }
  /// What is only asked ends with `stop`; transfers do not. Before start().
  void end_questions_with(std::stop_token stop) { client_.end_with(std::move(stop)); }
  /// Claims nothing more, lets transfers end until `patience` is over, gives back what is not through.
  void stop(std::chrono::milliseconds patience);

  /// From then on new requests for the same studies cannot overtake those that an unclean end interrupted.
  bool caught_up() const { return caught_up_; }
  lane::Worker::State state() const { return worker_.state(); }
  /// For questions that no pull asks.
  Judge judge(OrthancClient& client) { return {floor_, client}; }
  /// How the source, or this process, slows the fetching down.
  std::optional<Throttle::Limit> limit() const { return floor_.throttle.limit(); }
  /// Requests that are through, and whose end the catalog refuses to note. Any thread.
  const lane::Aside& aside() const { return aside_; }
  /// While the source answers, and gives nothing.
  std::optional<Yield::Nothing> nothing_comes() const { return floor_.yield.nothing(); }
  /// Requests claimed and not finished.
  std::size_t in_flight() const { return floor_.under_way->ids().size(); }

 private:
  Result<bool> pass();
  /// What needs no source: finishing and keeping the leases.
  Result<> look_after();
  Result<> probe();
  Result<> settle_ended();
  Result<> finish(std::span<const UnderWay::Ended> done);
  void forget_others();
  Result<bool> put_aside(const UnderWay::Ended& ended, const Error& why);
  void tell_absent(const catalog::FinishedRequest& finished, const Request& request) const;
  void tell_failed(const Request& request, const Error& why, bool for_good) const;
  Result<> settle_failed(const UnderWay::Ended& ended);
  Result<> extend_leases();
  Result<bool> claim();
  Result<> give_back(UnderWay::Which which);

  const OrthancOptions& options_;
  Surroundings rooms_;
  catalog::Requests requests_;
  const std::string holder_;
  FetchFloor floor_;
  FetchPool pool_;
  OrthancClient client_;     // of the worker's thread
  lane::Aside aside_;        // requests whose end the catalog refuses to note, by number
  std::size_t refused_ = 0;  // of these, since the look began
  lane::Backoff backoff_;
  const std::function<void()> on_caught_up_;
  std::atomic<bool> caught_up_ = false;
  bool recovered_ = false;
  Monotonic extended_at_;
  std::vector<std::int64_t> to_release_;
  Gauge& in_flight_gauge_;
  bool started_ = false;
  lane::Worker worker_;
};

}  // namespace dmw::sources
