// CallerGate: decides who may open an association (DIMSE_CALLERS).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/live.h"
#include "config/callers.h"

namespace dmw::dimse {

/// The addresses of a host name; none where it has none, or nobody answers.
using Resolve = std::function<std::vector<IpAddress>(const std::string& host)>;
std::vector<IpAddress> resolve_by_system(const std::string& host);

/// Any thread. A host name is resolved when somebody calls whom nothing else admits, and then believed for a minute.
class CallerGate {
 public:
  CallerGate(config::Callers callers, const Clock& clock, Resolve resolve = resolve_by_system);

  /// From the next who calls on.
  void change(config::Callers callers) { callers_.set(std::move(callers)); }
  /// Nothing when some AE title may come in from there, else why none may. No name is resolved: it counts as this
  /// address.
  std::optional<std::string> objection(const IpAddress& from) const;
  /// Nothing when this caller may come in, else why not, for the operator.
  std::optional<std::string> objection(const std::string& ae_title, const IpAddress& from);

 private:
  struct Resolved {
    Monotonic at;
    std::vector<IpAddress> addresses;
  };
  bool is_host(const std::string& host, const IpAddress& address);

  Live<config::Callers> callers_;
  const Clock& clock_;
  const Resolve resolve_;
  std::mutex mutex_;  // guards resolved_
  std::map<std::string, Resolved> resolved_;
};

}  // namespace dmw::dimse
