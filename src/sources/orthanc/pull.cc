#include "sources/orthanc/pull.h"

#include <utility>

namespace dmw::sources {
namespace {

constexpr std::size_t look_up_max = 500;
/// With fewer instances than this at hand, the next ones are listed beside the fetching.
constexpr std::size_t low_mark = 32;
constexpr int failures_max = 20;
/// What a source had named and had not got is looked for again after these times.
constexpr std::chrono::minutes looks[] = {std::chrono::minutes(1), std::chrono::minutes(10), std::chrono::minutes(60)};
/// What is kept of such a study: no count of instances is like it.
constexpr const char* tag_of_incomplete = "incomplete";

}  // namespace

Pull::Pull(Request request, Session session)
    : request_(std::move(request)),
      session_(std::move(session)),
      study_listed_(!request_.instances.empty()),
      state_(study_listed_ ? PullState::working : PullState::listing),
      unknown_(request_.instances.begin(), request_.instances.end()),
      found_(static_cast<std::int64_t>(request_.instances.size())) {}

bool Pull::cancel() {
  const std::scoped_lock lock(mutex_);
  on(PullEvent::cancelled);
  if (state_ != PullState::given_back) return false;
  stop_.request_stop();
  return true;
}

bool Pull::cancelled() const {
  const std::scoped_lock lock(mutex_);
  return state_ == PullState::given_back;
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
  if (is_stopped(state_) || steps_ >= parallel_max) return std::nullopt;
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
  look();
}

int Pull::times_put_back(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = put_back_.find(id);
  return found == put_back_.end() ? 0 : found->second;
}

void Pull::put_back(Step step) {
  const std::scoped_lock lock(mutex_);
  ++put_back_[step.id];
  on(PullEvent::put_back);
  switch (step.kind) {
    case Step::Kind::study:
      listing_ = false;
      break;
    case Step::Kind::series:
      listing_ = false;
      series_.push_back(std::move(step.id));
      break;
    case Step::Kind::look_up:
      looking_up_ = false;
      unknown_.insert(unknown_.end(), step.ids.begin(), step.ids.end());
      break;
    case Step::Kind::fetch:
      ready_.push_back(std::move(step));
      break;
  }
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
  on(PullEvent::listed);
}

void Pull::listed_series(const std::vector<std::string>& ids, const Known& known) {
  const std::scoped_lock lock(mutex_);
  listing_ = false;
  found_ += static_cast<std::int64_t>(ids.size() + known.unchanged);
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
    const auto told = known.told.find(id);
    ready_.push_back({.kind = Step::Kind::fetch,
                      .id = id,
                      .known_tag = tag == known.tags.end() ? "" : tag->second,
                      .told = told == known.told.end() ? std::nullopt : std::optional(told->second),
                      .moment = known.moment});
  }
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
  look();
}

void Pull::absent(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  ++absent_;
  if (request_.study.empty()) absent_instances_.push_back(id);
  on(PullEvent::absent);
}

void Pull::failed_once(Error why) {
  const std::scoped_lock lock(mutex_);
  if (!error_) error_ = std::move(why);
  on(++failures_ < failures_max ? PullEvent::failed : PullEvent::gave_up);
}

void Pull::failed_for_good(Error why) {
  const std::scoped_lock lock(mutex_);
  if (after(state_, PullEvent::for_good) == state_) return;
  error_ = std::move(why);
  on(PullEvent::for_good);
}

bool Pull::nothing_left() const {
  if (steps_ > 0) return false;
  if (is_stopped(state_)) return true;
  return study_listed_ && deferred_ == 0 && series_.empty() && unknown_.empty() && ready_.empty();
}

void Pull::on(PullEvent event) {
  state_ = after(state_, event);
  look();
}

void Pull::look() {
  if (nothing_left()) state_ = after(state_, PullEvent::drained);
  if (awaiting_ == 0) state_ = after(state_, PullEvent::recorded);
}

std::optional<std::size_t> Pull::left() const {
  const std::scoped_lock lock(mutex_);
  return nothing_left() ? std::nullopt : std::optional(unknown_.size() + ready_.size());
}

std::optional<PullEnd> Pull::ending() {
  const std::scoped_lock lock(mutex_);
  if (told_ || !is_ended(state_) || state_ == PullState::given_back) return std::nullopt;
  told_ = true;
  return PullEnd{.state = state_, .finished = finished(), .error = error_.value_or(Error{})};
}

catalog::FinishedRequest Pull::finished() const {
  catalog::FinishedRequest finished{.id = request_.id,
                                    .study_uids = {study_uids_.begin(), study_uids_.end()},
                                    .instances_found = found_,
                                    .instances_fetched = fetched_,
                                    .instances_absent = absent_,
                                    .closes = request_.closes,
                                    .source = request_.source,
                                    .study = request_.study};
  if (absent_ == 0) {
    if (!last_update_.empty()) finished.study_tag = study_tag(last_update_, found_);
    return finished;
  }
  if (!request_.study.empty()) finished.study_tag = tag_of_incomplete;
  finished.again = next_look();
  return finished;
}

std::optional<NextLook> Pull::next_look() const {
  const auto next = static_cast<std::size_t>(request_.look);
  if (absent_ == 0 || next >= std::size(looks)) return std::nullopt;
  return NextLook{.look = request_.look + 1, .delay = looks[next], .instances = absent_instances_};
}

}  // namespace dmw::sources
