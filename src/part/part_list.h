// PartList: all parts of a program, in the order of /ready. It starts and stops them.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <vector>

#include "part/part.h"

namespace dmw {

/// The parts must outlive the list. One thread, except states().
class PartList {
 public:
  PartList() = default;
  PartList(const PartList&) = delete;
  PartList& operator=(const PartList&) = delete;
  /// Stops all running parts, without patience.
  ~PartList();

  /// Adds a part. Call it before the first start().
  void add(Part& part);

  /// Starts the parts of these kinds that do not run yet, kind by kind. After an error the parts before the failed one
  /// are running. Errors: those of Part::start().
  Result<> start(std::initializer_list<PartKind> kinds);
  /// Stops the running parts of these kinds, kind by kind: first all parts of a kind stop accepting work, then each
  /// finishes its current work. `patience` is called for each part.
  void stop(std::initializer_list<PartKind> kinds, const std::function<std::chrono::milliseconds()>& patience);

  const std::vector<Part*>& parts() const { return parts_; }
  /// The states of all parts, in their order. A part that needs a part that is down is degraded too, and names it. A
  /// part whose trouble is fully explained by parts that it needs lists them in `waits_for`. Any thread. Contacts no
  /// other server.
  std::vector<PartState> states() const;

 private:
  std::vector<Part*> running(PartKind kind) const;

  std::vector<Part*> parts_;
  std::vector<Part*> running_;
};

}  // namespace dmw
