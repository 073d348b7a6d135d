// OutcomeDesk: tells those who wait for it what became of an instance that a door kept: new, the same again, or set
// aside. It asks the catalog once for all that left the inbox in the meantime.
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
  added,      ///< a version that was not there before
  same,       ///< recorded before, by whichever door
  set_aside,  ///< a dead letter
  kept,       ///< durable, but not recorded in the time that the caller waits: it will be
};
std::string_view name(Outcome outcome);

/// Any thread.
class OutcomeDesk {
 public:
  struct Expected {
    SessionId session;
    std::optional<catalog::DatasetName> dataset{};  // nothing: it cannot be read, so that it will be set aside
    std::function<void(Outcome)> told;              // once, from a thread of the desk; must not block
  };

  /// `patience`: after it the caller is told `kept`. `catalog` and `clock` outlive the desk.
  OutcomeDesk(db::Database& catalog, const Clock& clock, std::chrono::milliseconds patience);
  OutcomeDesk(const OutcomeDesk&) = delete;
  OutcomeDesk& operator=(const OutcomeDesk&) = delete;
  /// Who still waits for something durable is told `kept`.
  ~OutcomeDesk();

  /// What is returned is to be called when the instance has left the inbox; it may outlive the desk. When it was not
  /// kept after all, drop() takes the place of that.
  struct Ticket {
    std::uint64_t number = 0;
    std::function<void()> finished;
  };
  Ticket expect(Expected expected);
  /// It is durable: patience begins. Until then nobody is told `kept`.
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
