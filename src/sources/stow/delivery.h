// Delivery: the instances of one request, on their way from the spool to being kept, and what became of each.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "model/session.h"
#include "model/uid.h"
#include "sources/door.h"
#include "sources/stow/keep_pool.h"
#include "sources/stow/result_places.h"

namespace dmw::sources {

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
  bool meta_mismatch = false;  // its File Meta Information names another instance
  std::string words;           // why it was not kept: one sentence without patient data

  bool kept() const { return failure == FailureReason::none; }
};

/// One thread; the keeping happens on others.
class Delivery {
 public:
  /// `study`: what is not of it is refused. Everything outlives the delivery.
  Delivery(Door& door, KeepPool& keepers, ResultPlaces& places, Session session, std::optional<StudyUid> study = {});
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  /// Waits for what is under way: that is kept, whoever hears of it.
  ~Delivery();

  /// A place for the result of one more instance, before its bytes are read; false when there is none for now: see
  /// no_place(). Each add() and refuse() fills one.
  bool take_place();
  /// An instance that lies whole in the spool. Waits while too many are under way.
  void add(inbox::SpoolFile file, std::string name = {});
  /// What never became an instance, and why.
  void refuse(std::string name, const Error& why);
  std::size_t size() const { return results_.size(); }
  /// Waits until each has its result; in the order in which they were added.
  const std::deque<StoreResult>& finish();

 private:
  StoreResult judge_and_keep(inbox::SpoolFile file);
  StoreResult refused(StoreResult result, FailureReason failure, const Error& why);
  void wait();

  Door& door_;
  KeepPool& keepers_;
  ResultPlaces& places_;
  const Session session_;
  const std::optional<StudyUid> study_;
  std::deque<StoreResult> results_;  // references stay good while it grows
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::size_t places_taken_ = 0;
};

/// unavailable: uploads hold as many results as the memory may.
Error no_place();

}  // namespace dmw::sources
