// OutcomeDesk: reports the outcome of kept instances to waiting callers: new, the same again, or a dead letter. It
// queries the catalog once for all instances that have left the inbox in the meantime.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "catalog/provenance.h"
#include "db/database.h"
#include "model/session.h"

namespace dmw::sources {

enum class Outcome {
  added,      ///< a new version
  same,       ///< recorded before, from any intake
  set_aside,  ///< a dead letter
  kept,       ///< safe on disk, but not catalogued while the caller waited; it will be later
};
std::string_view name(Outcome outcome);

/// Any thread.
class OutcomeDesk {
 public:
  struct Expected {
    SessionId session;
    std::optional<catalog::DatasetName> dataset{};  // nullopt: it cannot be read and will become a dead letter
    std::function<void(Outcome)> told;              // called once, from a thread of the desk; must not block
  };

  /// `patience`: after this time the caller gets `kept`. `catalog` and `clock` outlive the desk.
  OutcomeDesk(db::Database& catalog, const Clock& clock, std::chrono::milliseconds patience);
  OutcomeDesk(const OutcomeDesk&) = delete;
  OutcomeDesk& operator=(const OutcomeDesk&) = delete;
  /// Callers that still wait for a kept instance get `kept`.
  ~OutcomeDesk();

  /// `finished` must be called when the instance has left the inbox; it may outlive the desk. If the instance was not
  /// kept, call drop() instead.
  struct Ticket {
    std::uint64_t number = 0;
    std::function<void()> finished;
  };
  Ticket expect(Expected expected);
  /// The instance is on disk: its patience begins. Before that no caller gets `kept`.
  void kept(const Ticket& ticket);
  /// Nobody is told.
  void drop(const Ticket& ticket);

 private:
  struct Floor;
  struct Waiting;
  void run();
  void tell(const std::vector<Waiting>& finished);

  db::Database& catalog_;
  const Clock& clock_;
  const std::chrono::milliseconds patience_;
  const std::shared_ptr<Floor> floor_;
  std::jthread thread_;
};

}  // namespace dmw::sources
