// Metrics in the text format of Prometheus. A user asks for a series once and keeps the reference, which lives as long
// as the Metrics object. Any thread.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dmw {

using Labels = std::map<std::string, std::string>;

/// A value that only rises.
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

/// The series of one name, with different labels. Any thread.
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

  /// Returns the family of a name; the same name gives the same family. text() lists it from then on, also without
  /// series. Names of counters end in `_total`, others in their unit. For labels that are not known in advance.
  Family<Counter>& counters(const std::string& name, const std::string& help);
  Family<Gauge>& gauges(const std::string& name, const std::string& help);
  /// `upper_bounds` must rise.
  Family<Histogram>& histograms(const std::string& name, const std::string& help,
                                const std::vector<double>& upper_bounds);

  /// Returns one series of such a family.
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

  /// All metrics as `text/plain; version=0.0.4`.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Bounds for durations in seconds, from half a millisecond to a minute.
const std::vector<double>& duration_bounds();

}  // namespace dmw
