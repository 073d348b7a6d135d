// Metrics in the text format of Prometheus. Rooms ask for a series once and keep the reference; it lives as long as the
// Metrics object. Any thread.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dmw {

using Labels = std::map<std::string, std::string>;

/// Only rises.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double by = 1) = 0;
  virtual double value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double to) = 0;
  virtual void add(double by) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The same name and labels give the same series. Names end in `_total` for counters and in their unit otherwise.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// `upper_bounds` rise; the same for every label set of one name.
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& upper_bounds,
                       const Labels& labels = {});

  /// The whole registry, `text/plain; version=0.0.4`.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Bounds for durations in seconds, from half a millisecond to a minute.
const std::vector<double>& duration_bounds();

}  // namespace dmw
