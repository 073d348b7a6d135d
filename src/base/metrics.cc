#include "base/metrics.h"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>

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

/// Hands out the series of one family of the library, each wrapped once.
template <typename Series, typename Wrapper, typename Wrapped>
class PrometheusFamily final : public Family<Series> {
 public:
  using Add = std::function<Wrapped&(const Labels&)>;
  explicit PrometheusFamily(Add add) : add_(std::move(add)) {}

  Series& with(const Labels& labels) override {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<Wrapper>& found = series_[labels];
    if (!found) found = std::make_unique<Wrapper>(add_(labels));
    return *found;
  }

 private:
  const Add add_;
  std::mutex mutex_;
  std::map<Labels, std::unique_ptr<Wrapper>> series_;
};

using Counters = PrometheusFamily<Counter, PrometheusCounter, prometheus::Counter>;
using Gauges = PrometheusFamily<Gauge, PrometheusGauge, prometheus::Gauge>;
using Histograms = PrometheusFamily<Histogram, PrometheusHistogram, prometheus::Histogram>;

}  // namespace

struct Metrics::State {
  /// What text() says of a family that has no series yet.
  struct Declared {
    std::string help;
    prometheus::MetricType type;
  };

  prometheus::Registry registry;
  mutable std::mutex mutex;  // guards the members below
  std::map<std::string, Declared> declared;
  std::map<std::string, std::unique_ptr<Counters>> counters;
  std::map<std::string, std::unique_ptr<Gauges>> gauges;
  std::map<std::string, std::unique_ptr<Histograms>> histograms;

  /// The family of that name in `families`, or what `make` registers.
  template <typename Kept>
  Kept& of(std::map<std::string, std::unique_ptr<Kept>>& families, const std::string& name, Declared declaration,
           const auto& make) {
    const std::scoped_lock lock(mutex);
    std::unique_ptr<Kept>& found = families[name];
    if (!found) {
      found = std::make_unique<Kept>(make());
      declared.emplace(name, std::move(declaration));
    }
    return *found;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Family<Counter>& Metrics::counters(const std::string& name, const std::string& help) {
  return state_->of(state_->counters, name, {help, prometheus::MetricType::Counter}, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
    return [&family](const Labels& labels) -> prometheus::Counter& { return family.Add(labels); };
  });
}

Family<Gauge>& Metrics::gauges(const std::string& name, const std::string& help) {
  return state_->of(state_->gauges, name, {help, prometheus::MetricType::Gauge}, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
    return [&family](const Labels& labels) -> prometheus::Gauge& { return family.Add(labels); };
  });
}

Family<Histogram>& Metrics::histograms(const std::string& name, const std::string& help,
                                       const std::vector<double>& upper_bounds) {
  return state_->of(state_->histograms, name, {help, prometheus::MetricType::Histogram}, [&] {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
    return [&family, upper_bounds](const Labels& labels) -> prometheus::Histogram& {
      return family.Add(labels, upper_bounds);
    };
  });
}

/// The library leaves out a family without series.
std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  std::set<std::string> told;
  for (const prometheus::MetricFamily& family : families) told.insert(family.name);
  {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& [name, declared] : state_->declared) {
      if (!told.contains(name)) families.push_back({name, declared.help, declared.type, {}});
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                             0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  return bounds;
}

}  // namespace dmw
