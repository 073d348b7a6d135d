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

/// The addresses of a host name; empty if it has none or cannot be resolved.
using Resolve = std::function<std::vector<IpAddress>(const std::string& host)>;
std::vector<IpAddress> resolve_by_system(const std::string& host);

/// Any thread. A host name is resolved only for a caller that no other entry admits. The result is used for one minute.
class CallerGate {
 public:
  CallerGate(config::Callers callers, const Clock& clock, Resolve resolve = resolve_by_system);

  /// Takes effect with the next caller.
  void change(config::Callers callers) { callers_.set(std::move(callers)); }
  /// Nullopt if at least one AE title is admitted from this address, else the reason. No host name is resolved: each
  /// counts as a match.
  std::optional<std::string> objection(const IpAddress& from) const;
  /// Nullopt if this caller is admitted, else the reason, for the operator.
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
