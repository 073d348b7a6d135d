#include "sources/upload/delivery.h"

#include <chrono>
#include <memory>

#include "base/log.h"
#include "dicom/part10.h"

namespace dmw::sources {
namespace {

/// Interval of checks whether a sender still waits.
constexpr std::chrono::milliseconds glance{100};

std::string plain_or_nothing(std::string_view uid) {
  return is_plain_uid(uid) ? std::string(uid) : std::string();
}

/// The identity in the File Meta Information, if the dataset could not be read.
StoreResult named_by_meta(const inbox::SpoolFile& file) {
  const dicom::Prefix prefix = dicom::read_prefix(file.head());
  StoreResult result;
  result.sop_class = plain_or_nothing(prefix.sop_class);
  result.sop_uid = plain_or_nothing(prefix.sop_uid);
  return result;
}

StoreResult named_by(const Received& received) {
  if (!received.header.is_readable()) return named_by_meta(received.file);
  const Attributes& attributes = received.header.attributes();
  StoreResult result;
  result.study_uid = attributes.study_uid.get();
  result.sop_class = attributes.sop_class;
  result.sop_uid = attributes.sop_uid.get();
  result.meta_mismatch = attributes.flags.has(Flag::meta_mismatch);
  return result;
}

FailureReason reason_of(const Error& ours) {
  const bool may_come_again = ours.code == Errc::full || ours.code == Errc::unavailable;
  return may_come_again ? FailureReason::out_of_resources : FailureReason::processing_failure;
}

}  // namespace

Delivery::Delivery(Door& door, KeepPool& keepers, ResultPlaces& places, Session session, std::optional<StudyUid> study,
                   OutcomeDesk* outcomes)
    : door_(door),
      keepers_(keepers),
      places_(places),
      session_(std::move(session)),
      study_(std::move(study)),
      outcomes_(outcomes) {}

Delivery::~Delivery() {
  wait();
  places_.give_back(places_taken_);
}

bool Delivery::take_place() {
  if (!places_.take()) return false;
  ++places_taken_;
  return true;
}

Error no_place() {
  return {Errc::unavailable, "too many instances are being uploaded: send again later", {}};
}

void Delivery::add(inbox::SpoolFile file, std::string name, Cut cut) {
  StoreResult& place = results_.emplace_back();
  place.name = std::move(name);
  {
    const std::lock_guard lock(mutex_);
    ++under_way_;
  }
  const bool waits = outcomes_ != nullptr && results_.size() <= told_max;
  keepers_.submit([this, &place, cut, waits, file = std::move(file)]() mutable {
    StoreResult result = judge_and_keep(std::move(file), cut, waits);
    result.name = std::move(place.name);
    place = std::move(result);
    // The lock is held to the end, because the delivery may be destroyed as soon as nothing is running.
    const std::lock_guard lock(mutex_);
    --under_way_;
    changed_.notify_one();
  });
}

void Delivery::refuse(std::string name, const Error& why) {
  StoreResult result;
  result.name = std::move(name);
  results_.push_back(refused(std::move(result), FailureReason::cannot_understand, why));
}

const std::deque<StoreResult>& Delivery::finish() {
  wait();
  return results_;
}

void Delivery::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return under_way_ == 0; });
}

void Delivery::await_outcomes(const std::function<bool()>& given_up) {
  bool over = false;
  for (StoreResult& result : results_) {
    if (!result.kept()) continue;
    result.outcome = Outcome::kept;
    if (!result.outcome_told.valid()) continue;
    const auto is_told = [&] {
      return result.outcome_told.wait_for(over ? std::chrono::milliseconds(0) : glance) == std::future_status::ready;
    };
    bool told = is_told();
    while (!told && !over) {
      over = given_up();
      told = is_told();
    }
    if (told) result.outcome = result.outcome_told.get();
  }
}

StoreResult Delivery::judge_and_keep(inbox::SpoolFile file, Cut cut, bool waits) {
  Result<Received> received = door_.receive(std::move(file));
  if (!received) return refused({}, reason_of(received.error()), received.error());
  StoreResult result = named_by(*received);
  if (const auto why = cut == Cut::taken ? objection_but_cut(*received) : objection(*received)) {
    return refused(std::move(result), FailureReason::cannot_understand, {why->code, why->detail, {}});
  }
  if (study_ && received->header.is_readable() && received->header->study_uid != *study_) {
    return refused(std::move(result), FailureReason::data_set_mismatch,
                   {Errc::conflict, "it belongs to another study than the one in the URL", {}});
  }
  const Result<> kept = keep(*std::move(received), result, waits);
  if (kept) return result;
  log::warning("keep_failed", kept.error().message(), {{"correlation_id", session_.correlation_id.text()}});
  return refused(std::move(result), reason_of(kept.error()), kept.error());
}

Result<> Delivery::keep(Received received, StoreResult& result, bool waits) {
  if (!waits) return door_.keep(std::move(received), session_);
  if (received.header.is_refused()) result.words = received.header.refusal().detail;
  OutcomeDesk::Expected expected{.session = session_.id, .told = {}};
  if (received.header.is_readable()) {
    expected.dataset = {received.header->study_uid, received.header->sop_uid,
                        received.file.fingerprint().dataset_sha256};
  }
  const auto outcome = std::make_shared<std::promise<Outcome>>();
  std::future<Outcome> told = outcome->get_future();
  expected.told = [outcome](Outcome known) { outcome->set_value(known); };
  const OutcomeDesk::Ticket ticket = outcomes_->expect(std::move(expected));
  const Result<> kept = door_.keep(std::move(received), session_, ticket.finished);
  if (!kept) {
    outcomes_->drop(ticket);
    return kept;
  }
  outcomes_->kept(ticket);
  result.outcome_told = std::move(told);
  return {};
}

/// The words of an internal error are not sent to the caller.
StoreResult Delivery::refused(StoreResult result, FailureReason failure, const Error& why) {
  result.failure = failure;
  if (failure == FailureReason::out_of_resources || failure == FailureReason::processing_failure)
    result.ours = why.code;
  result.words = failure == FailureReason::processing_failure ? "it could not be kept" : why.what;
  door_.refused(std::string(name(why.code)));
  return result;
}

}  // namespace dmw::sources
