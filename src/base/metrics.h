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

/// The series of one name, which differ in their labels. Any thread.
template <typename Series>
class Family {
 public:
  virtual ~Family() = default;
  /// The same labels give the same series.
  virtual Series& with(const Labels& labels) = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The same name gives the same family; text() names it from now on, with and without series. Counters end in
  /// `_total`, everything else in its unit. For labels that are known only when something happens.
  Family<Counter>& counters(const std::string& name, const std::string& help);
  Family<Gauge>& gauges(const std::string& name, const std::string& help);
  /// `upper_bounds` rise.
  Family<Histogram>& histograms(const std::string& name, const std::string& help,
                                const std::vector<double>& upper_bounds);

  /// One series of such a family.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {}) {
    return counters(name, help).with(labels);
  }
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {}) {
    return gauges(name, help).with(labels);
  }
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& upper_bounds,
                       const Labels& labels = {}) {
    return histograms(name, help, upper_bounds).with(labels);
  }

  /// The whole registry, `text/plain; version=0.0.4`.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Bounds for durations in seconds, from half a millisecond to a minute.
const std::vector<double>& duration_bounds();

}  // namespace dmw
