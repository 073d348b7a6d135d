#include "api/request_observer.h"

namespace dmw::api {

RequestObserver::RequestObserver(Metrics& metrics)
    : answered_(metrics.counters("dicom_middleware_requests_total", "HTTP requests answered")),
      seconds_(metrics.histograms("dicom_middleware_request_duration_seconds",
                                  "From the end of a request's head to the last byte of its answer",
                                  duration_bounds())) {}

void RequestObserver::operator()(const http::Served& served) {
  const std::string method(served.method);
  const std::string endpoint(served.route);
  Counter* total = nullptr;
  Histogram* duration = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    Counter*& known_total = totals_[{method, endpoint, served.status}];
    if (known_total == nullptr) {
      known_total =
          &answered_.with({{"method", method}, {"endpoint", endpoint}, {"status", std::to_string(served.status)}});
    }
    Histogram*& known_duration = durations_[endpoint];
    if (known_duration == nullptr) known_duration = &seconds_.with({{"endpoint", endpoint}});
    total = known_total;
    duration = known_duration;
  }
  total->add();
  duration->observe(served.seconds);
}

}  // namespace dmw::api
