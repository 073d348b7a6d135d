#include "sources/orthanc/pull.h"

#include <utility>

namespace dmw::sources {
namespace {

constexpr std::size_t look_up_max = 500;
/// If fewer instances than this are listed, the next ones are listed while fetching continues.
constexpr std::size_t low_mark = 32;
constexpr int failures_max = 20;
/// Items that a source has named but does not have are requested again after these times.
constexpr std::chrono::minutes looks[] = {std::chrono::minutes(1), std::chrono::minutes(10), std::chrono::minutes(60)};
/// The tag of an incomplete study; it differs from every real tag.
constexpr const char* tag_of_incomplete = "incomplete";

}  // namespace

Pull::Pull(Request request, Session session)
    : request_(std::move(request)),
      session_(std::move(session)),
      state_(request_.instances.empty() ? PullState::listing : PullState::working),
      unknown_(request_.instances.begin(), request_.instances.end()),
      found_(static_cast<std::int64_t>(request_.instances.size())) {}

bool Pull::cancel() {
  const std::scoped_lock lock(mutex_);
  on(PullEvent::cancelled);
  return state_ == PullState::given_back;
}

bool Pull::cancelled() const {
  const std::scoped_lock lock(mutex_);
  return state_ == PullState::given_back;
}

std::optional<Step::Kind> Pull::next() const {
  if (state_ == PullState::listing) return listing_ ? std::nullopt : std::optional(Step::Kind::study);
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
  if (const auto found = put_back_.find(step.id); found != put_back_.end()) step.refusals = found->second;
  return step;
}

void Pull::end(Step step, StepEnd how) {
  const std::scoped_lock lock(mutex_);
  --steps_;
  if (step.kind == Step::Kind::look_up) looking_up_ = false;
  if (step.kind == Step::Kind::study || step.kind == Step::Kind::series) listing_ = false;
  on(std::visit(
      [&](auto& end) {
        if constexpr (requires { note(step, end); }) note(step, end);
        return end.event;
      },
      how));
}

void Pull::note(Step& /*step*/, ended::Listed& end) {
  series_.assign(end.study.series.begin(), end.study.series.end());
  if (!end.study.study_uid.empty()) study_uids_.insert(end.study.study_uid);
  // The last update of a growing study may be the same for another instance within this second.
  if (end.study.stable) last_update_ = end.study.last_update;
}

void Pull::note(Step& step, ended::Found& end) {
  const Known& known = end.known;
  if (step.kind == Step::Kind::series) found_ += static_cast<std::int64_t>(end.ids.size() + known.unchanged);
  for (const std::string& id : end.ids) {
    const auto tag = known.tags.find(id);
    const auto told = known.told.find(id);
    ready_.push_back({.kind = Step::Kind::fetch,
                      .id = id,
                      .known_tag = tag == known.tags.end() ? "" : tag->second,
                      .told = told == known.told.end() ? std::nullopt : std::optional(told->second),
                      .moment = known.moment});
  }
}

void Pull::note(Step& /*step*/, ended::Kept& end) {
  ++awaiting_;
  ++fetched_;
  if (!end.study_uid.empty()) study_uids_.insert(end.study_uid);
}

void Pull::note(Step& /*step*/, ended::Waits& /*end*/) {
  ++deferred_;
}

void Pull::note(Step& step, ended::Outdated& /*end*/) {
  unknown_.push_back(step.id);
}

void Pull::note(Step& step, ended::Refused& /*end*/) {
  ++put_back_[step.id];
  if (step.kind == Step::Kind::series) series_.push_back(step.id);
  if (step.kind == Step::Kind::look_up) unknown_.insert(unknown_.end(), step.ids.begin(), step.ids.end());
  if (step.kind == Step::Kind::fetch) ready_.push_back(std::move(step));
}

void Pull::note(Step& step, ended::NotTold& /*end*/) {
  list_alone_ = true;
  if (step.kind == Step::Kind::series) series_.push_front(step.id);
}

void Pull::note(Step& step, ended::Absent& /*end*/) {
  ++absent_;
  if (request_.study.empty()) absent_instances_.push_back(step.id);
}

void Pull::note(Step& /*step*/, ended::NoSuchStudy& /*end*/) {
  ++absent_;
  error_ = Error{Errc::not_found, "the source has no such study", {}};
}

void Pull::note(Step& /*step*/, ended::Failed& end) {
  if (!error_) error_ = std::move(end.why);
  if (++failures_ >= failures_max) state_ = after(state_, PullEvent::gave_up);
}

void Pull::examine_again(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  --deferred_;
  unknown_.push_back(id);
}

bool Pull::recorded() {
  const std::scoped_lock lock(mutex_);
  const bool had_ended = is_ended(state_);
  --awaiting_;
  look();
  return !had_ended && is_ended(state_);
}

StudyUid Pull::study() const {
  const std::scoped_lock lock(mutex_);
  const bool one = !request_.study.empty() && study_uids_.size() == 1;
  return StudyUid(one ? *study_uids_.begin() : "");
}

bool Pull::nothing_left() const {
  if (steps_ > 0) return false;
  if (is_stopped(state_)) return true;
  return state_ != PullState::listing && deferred_ == 0 && series_.empty() && unknown_.empty() && ready_.empty();
}

void Pull::on(PullEvent event) {
  state_ = after(state_, event);
  if (state_ == PullState::given_back) stop_.request_stop();
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

std::optional<PullEnd> Pull::ending() const {
  const std::scoped_lock lock(mutex_);
  if (!is_ended(state_) || state_ == PullState::given_back) return std::nullopt;
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
