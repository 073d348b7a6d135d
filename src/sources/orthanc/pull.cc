#include "sources/orthanc/pull.h"

#include <utility>

namespace dmw::sources {
namespace {

constexpr std::size_t look_up_max = 500;
/// With fewer instances than this at hand, the next ones are listed beside the fetching.
constexpr std::size_t low_mark = 32;
constexpr int failures_max = 20;

}  // namespace

Pull::Pull(Request request, Session session)
    : request_(std::move(request)),
      session_(std::move(session)),
      study_listed_(!request_.instances.empty()),
      unknown_(request_.instances.begin(), request_.instances.end()),
      found_(static_cast<std::int64_t>(request_.instances.size())) {}

bool Pull::cancel() {
  const std::scoped_lock lock(mutex_);
  if (ended_ || (!cancelled_ && nothing_left())) return false;
  cancelled_ = true;
  stop_.request_stop();
  return true;
}

bool Pull::cancelled() const {
  const std::scoped_lock lock(mutex_);
  return cancelled_;
}

std::optional<Step::Kind> Pull::next() const {
  if (!study_listed_) return listing_ ? std::nullopt : std::optional(Step::Kind::study);
  if (!looking_up_ && !unknown_.empty() && ready_.size() < low_mark) return Step::Kind::look_up;
  if (!listing_ && !series_.empty() && unknown_.size() + ready_.size() < low_mark) return Step::Kind::series;
  if (!ready_.empty()) return Step::Kind::fetch;
  return std::nullopt;
}

std::optional<Step> Pull::take(std::size_t parallel_max, std::optional<Step::Kind> only) {
  const std::scoped_lock lock(mutex_);
  if (stopped() || steps_ >= parallel_max) return std::nullopt;
  const std::optional<Step::Kind> kind = next();
  if (!kind || (only && (*kind != *only || list_alone_))) return std::nullopt;
  Step step{.kind = *kind};
  switch (*kind) {
    case Step::Kind::study:
      listing_ = true;
      step.alone = std::exchange(list_alone_, false);
      step.id = request_.study;
      break;
    case Step::Kind::series:
      listing_ = true;
      step.alone = std::exchange(list_alone_, false);
      step.id = std::move(series_.front());
      series_.pop_front();
      break;
    case Step::Kind::look_up:
      looking_up_ = true;
      for (; !unknown_.empty() && step.ids.size() < look_up_max; unknown_.pop_front())
        step.ids.push_back(std::move(unknown_.front()));
      break;
    case Step::Kind::fetch:
      step = std::move(ready_.front());
      ready_.pop_front();
      break;
  }
  ++steps_;
  return step;
}

void Pull::step_ended() {
  const std::scoped_lock lock(mutex_);
  --steps_;
}

void Pull::list_alone(const Step& step) {
  const std::scoped_lock lock(mutex_);
  listing_ = false;
  list_alone_ = true;
  if (step.kind == Step::Kind::series) series_.push_front(step.id);
}

void Pull::listed(const OrthancStudy& study) {
  const std::scoped_lock lock(mutex_);
  listing_ = false;
  study_listed_ = true;
  series_.assign(study.series.begin(), study.series.end());
  if (!study.study_uid.empty()) study_uids_.insert(study.study_uid);
  // The time of a study that still grows may stay the same for an instance that comes within this second.
  if (study.stable) last_update_ = study.last_update;
}

void Pull::listed_series(const std::vector<std::string>& ids, const Known& known) {
  const std::scoped_lock lock(mutex_);
  listing_ = false;
  found_ += static_cast<std::int64_t>(ids.size());
  add_ready(ids, known);
}

void Pull::looked_up(const std::vector<std::string>& ids, const Known& known) {
  const std::scoped_lock lock(mutex_);
  looking_up_ = false;
  add_ready(ids, known);
}

void Pull::add_ready(const std::vector<std::string>& ids, const Known& known) {
  for (const std::string& id : ids) {
    const auto tag = known.tags.find(id);
    ready_.push_back({.kind = Step::Kind::fetch,
                      .id = id,
                      .known_tag = tag == known.tags.end() ? "" : tag->second,
                      .moment = known.moment});
  }
}

void Pull::skipped(std::size_t instances) {
  const std::scoped_lock lock(mutex_);
  found_ += static_cast<std::int64_t>(instances);
}

void Pull::deferred() {
  const std::scoped_lock lock(mutex_);
  ++deferred_;
}

void Pull::resumed() {
  const std::scoped_lock lock(mutex_);
  --deferred_;
}

void Pull::examine_again(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  --deferred_;
  unknown_.push_back(id);
}

StudyUid Pull::study() const {
  const std::scoped_lock lock(mutex_);
  const bool one = !request_.study.empty() && study_uids_.size() == 1;
  return StudyUid(one ? *study_uids_.begin() : "");
}

void Pull::keeping(const std::string& study_uid) {
  const std::scoped_lock lock(mutex_);
  ++awaiting_;
  ++fetched_;
  if (!study_uid.empty()) study_uids_.insert(study_uid);
}

void Pull::not_kept() {
  const std::scoped_lock lock(mutex_);
  --awaiting_;
  --fetched_;
}

void Pull::recorded() {
  const std::scoped_lock lock(mutex_);
  --awaiting_;
}

void Pull::failed_once(Error why) {
  const std::scoped_lock lock(mutex_);
  ++failures_;
  if (!error_) error_ = std::move(why);
}

void Pull::failed_for_good(Error why) {
  const std::scoped_lock lock(mutex_);
  if (for_good_) return;
  for_good_ = true;
  error_ = std::move(why);
}

bool Pull::stopped() const {
  return cancelled_ || for_good_ || failures_ >= failures_max;
}

bool Pull::nothing_left() const {
  if (steps_ > 0) return false;
  if (stopped()) return true;
  return study_listed_ && deferred_ == 0 && series_.empty() && unknown_.empty() && ready_.empty();
}

std::size_t Pull::at_hand() const {
  const std::scoped_lock lock(mutex_);
  return unknown_.size() + ready_.size();
}

bool Pull::fetched() const {
  const std::scoped_lock lock(mutex_);
  return nothing_left();
}

std::optional<Ending> Pull::ending() {
  const std::scoped_lock lock(mutex_);
  if (ended_ || cancelled_ || !nothing_left()) return std::nullopt;
  if (!error_ && awaiting_ > 0) return std::nullopt;
  ended_ = true;
  if (!error_) return Ending::done;
  return for_good_ ? Ending::failed : Ending::try_again;
}

catalog::FinishedRequest Pull::finished() const {
  const std::scoped_lock lock(mutex_);
  return {.id = request_.id,
          .study_uids = {study_uids_.begin(), study_uids_.end()},
          .instances_found = found_,
          .instances_fetched = fetched_,
          .closes = request_.closes,
          .study_tag = last_update_.empty() ? "" : study_tag(last_update_, found_),
          .source = request_.source,
          .study = request_.study};
}

Error Pull::error() const {
  const std::scoped_lock lock(mutex_);
  return error_.value_or(Error{});
}

}  // namespace dmw::sources
