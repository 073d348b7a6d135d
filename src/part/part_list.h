// PartList: all parts of a program, in the order in which people read of them. It starts and stops them.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <vector>

#include "part/part.h"

namespace dmw {

/// Parts outlive the list. One thread, but for states().
class PartList {
 public:
  PartList() = default;
  PartList(const PartList&) = delete;
  PartList& operator=(const PartList&) = delete;
  /// Stops, with no patience, what still runs.
  ~PartList();

  /// Before anything is started.
  void add(Part& part);

  /// Starts the parts of these kinds that do not run yet, kind after kind. On an error the parts before it run.
  /// Errors: those of Part::start().
  Result<> start(std::initializer_list<PartKind> kinds);
  /// Ends the parts that run, of these kinds, kind after kind: first none of a kind takes anything new, then each may
  /// end what is under way. `patience` is asked anew for each part.
  void stop(std::initializer_list<PartKind> kinds, const std::function<std::chrono::milliseconds()>& patience);

  const std::vector<Part*>& parts() const { return parts_; }
  /// Of each part, in their order. A part that needs one that is down is not well either, and says so; one that has no
  /// trouble but that of parts which it needs says for which it waits. Any thread; asks no peer.
  std::vector<PartState> states() const;

 private:
  std::vector<Part*> running(PartKind kind) const;

  std::vector<Part*> parts_;
  std::vector<Part*> running_;
};

}  // namespace dmw
