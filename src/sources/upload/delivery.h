// Delivery: the instances of one request, on their way from the spool to being kept, and what became of each.
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

/// Of the instances of one upload, so many are told one by one.
inline constexpr std::size_t told_max = 10'000;

/// Why an instance was not kept, as a sender is told (PS3.18 Table I.2-2).
enum class FailureReason : std::uint16_t {
  none = 0,
  processing_failure = 0x0110,
  out_of_resources = 0xA700,
  data_set_mismatch = 0xA900,
  cannot_understand = 0xC000,
};

struct StoreResult {
  std::string study_uid;  // each of the three is empty where it could not be read
  std::string sop_class;
  std::string sop_uid;
  std::string name;  // what the sender calls it, where it says so
  FailureReason failure = FailureReason::none;
  std::optional<Errc> ours{};           // what is wrong here, where nothing is wrong with the instance
  bool meta_mismatch = false;           // its File Meta Information names another instance
  std::string words;                    // why it was not kept, or is set aside: one sentence without patient data
  std::optional<Outcome> outcome{};     // of what is kept, for a sender who waited for it
  std::future<Outcome> outcome_told{};  // valid while it is waited for

  bool kept() const { return failure == FailureReason::none; }
};

/// What becomes of an instance that is cut: its sender has the whole one; who packed an archive may be far away.
enum class Cut { refused, taken };

/// One thread; the keeping happens on others.
class Delivery {
 public:
  /// `study`: what is not of it is refused. `outcomes`: for a sender who wants to know what became of each, otherwise
  /// null. Everything outlives the delivery.
  Delivery(Door& door, KeepPool& keepers, ResultPlaces& places, Session session, std::optional<StudyUid> study = {},
           OutcomeDesk* outcomes = nullptr);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  /// Waits for what is under way: that is kept, whoever hears of it.
  ~Delivery();

  /// A place for the result of one more instance, before its bytes are read; false when there is none for now: see
  /// no_place(). Each add() and refuse() fills one.
  bool take_place();
  /// What has come to its end and lies in the spool. Waits while too many are under way.
  void add(inbox::SpoolFile file, std::string name = {}, Cut cut = Cut::refused);
  /// What never became an instance, and why.
  void refuse(std::string name, const Error& why);
  std::size_t size() const { return results_.size(); }
  /// Waits until each has its result; in the order in which they were added.
  const std::deque<StoreResult>& finish();
  /// After finish(): gives everything that is kept its outcome, as far as it is known before `given_up` says so. Of the
  /// first `told_max`; what comes after them is `kept`.
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
  std::deque<StoreResult> results_;  // references stay good while it grows
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::size_t places_taken_ = 0;
};

/// unavailable: uploads hold as many results as the memory may.
Error no_place();

}  // namespace dmw::sources
