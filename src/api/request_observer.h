// RequestObserver: adds each finished HTTP exchange to the metrics.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "base/metrics.h"
#include "http/server.h"

namespace dmw::api {

/// Called from I/O threads: it takes a short lock and does no I/O. Must outlive the server.
class RequestObserver {
 public:
  explicit RequestObserver(Metrics& metrics);

  void operator()(const http::Served& served);

 private:
  Family<Counter>& answered_;
  Family<Histogram>& seconds_;
  std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, Counter*> totals_;
  std::map<std::string, Histogram*, std::less<>> durations_;
};

}  // namespace dmw::api
