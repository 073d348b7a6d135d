// Delivery: keeps the instances of one request, and collects their results.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>

#include "model/session.h"
#include "model/uid.h"
#include "sources/door.h"
#include "sources/upload/keep_pool.h"
#include "sources/upload/outcome_desk.h"
#include "sources/upload/result_places.h"

namespace dmw::sources {

/// Number of instances of an upload that are listed in the answer.
inline constexpr std::size_t told_max = 10'000;

/// Why an instance was not kept, for its sender (PS3.18 Table I.2-2).
enum class FailureReason : std::uint16_t {
  none = 0,
  processing_failure = 0x0110,
  out_of_resources = 0xA700,
  data_set_mismatch = 0xA900,
  cannot_understand = 0xC000,
};

struct StoreResult {
  std::string study_uid;  // each of the three is empty if it could not be read
  std::string sop_class;
  std::string sop_uid;
  std::string name;  // the sender's name for it, if given
  FailureReason failure = FailureReason::none;
  std::optional<Errc> ours{};        // an error of ours, if the instance itself is not the reason
  bool meta_mismatch = false;        // its File Meta Information names another instance
  std::string words;                 // why it was not kept, or becomes a dead letter: one sentence without patient data
  std::optional<Outcome> outcome{};  // the result of a kept instance, for a sender that waited for it
  std::future<Outcome> outcome_told{};  // valid while the result is awaited

  bool kept() const { return failure == FailureReason::none; }
};

/// How a cut instance is treated. A direct sender has the whole instance; the creator of an archive may not be
/// available.
enum class Cut { refused, taken };

/// One thread; other threads keep the instances.
class Delivery {
 public:
  /// `study`: instances of other studies are refused. `outcomes`: for a sender that waits for results, otherwise null.
  /// All arguments outlive the delivery.
  Delivery(Door& door, KeepPool& keepers, ResultPlaces& places, Session session, std::optional<StudyUid> study = {},
           OutcomeDesk* outcomes = nullptr);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  /// Waits for the running work: those instances are kept even if the sender has disconnected.
  ~Delivery();

  /// Reserves a place for the result of one more instance, before its bytes are read; false if there is none: see
  /// no_place(). Each add() and refuse() uses one.
  bool take_place();
  /// Adds a complete instance in the spool. Waits while too many are being kept.
  void add(inbox::SpoolFile file, std::string name = {}, Cut cut = Cut::refused);
  /// Adds a refusal: a part that is not an instance, and the reason.
  void refuse(std::string name, const Error& why);
  std::size_t size() const { return results_.size(); }
  /// Waits for all results; they are in the order of add() and refuse().
  const std::deque<StoreResult>& finish();
  /// Call it after finish(): waits for the outcomes of the kept instances until `given_up` returns true. For the first
  /// `told_max` instances; later ones stay `kept`.
  void await_outcomes(const std::function<bool()>& given_up);

 private:
  StoreResult judge_and_keep(inbox::SpoolFile file, Cut cut, bool waits);
  Result<> keep(Received received, StoreResult& result, bool waits);
  StoreResult refused(StoreResult result, FailureReason failure, const Error& why);
  void wait();

  Door& door_;
  KeepPool& keepers_;
  ResultPlaces& places_;
  const Session session_;
  const std::optional<StudyUid> study_;
  OutcomeDesk* const outcomes_;
  std::deque<StoreResult> results_;  // references stay valid while it grows
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::size_t places_taken_ = 0;
};

/// The error `unavailable`: uploads use all memory that is allowed for results.
Error no_place();

}  // namespace dmw::sources
