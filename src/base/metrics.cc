#include "base/metrics.h"

#include <mutex>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace dmw {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double by) override { counter_.Increment(by); }
  double value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double to) override { gauge_.Set(to); }
  void add(double by) override { gauge_.Increment(by); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

/// The series handed out so far, found again by the address of what they wrap.
template <typename Series, typename Wrapped>
class Kept {
 public:
  Series& of(Wrapped& wrapped, auto make) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<Series>& found = series_[&wrapped];
    if (!found) found = make(wrapped);
    return *found;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<Wrapped*, std::unique_ptr<Series>> series_;
};

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  Kept<Counter, prometheus::Counter> counters;
  Kept<Gauge, prometheus::Gauge> gauges;
  Kept<Histogram, prometheus::Histogram> histograms;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  auto& series = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
  return state_->counters.of(series, [](auto& wrapped) { return std::make_unique<PrometheusCounter>(wrapped); });
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& series = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
  return state_->gauges.of(series, [](auto& wrapped) { return std::make_unique<PrometheusGauge>(wrapped); });
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& upper_bounds,
                              const Labels& labels) {
  auto& series =
      prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry).Add(labels, upper_bounds);
  return state_->histograms.of(series, [](auto& wrapped) { return std::make_unique<PrometheusHistogram>(wrapped); });
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                             0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  return bounds;
}

}  // namespace dmw
