// Pull: one claimed request while it is being processed. It hands out the remaining listings and fetches step by step,
// receives the end of each step, and decides when the request is finished. It has the ids of one or two series at a
// time, for a study of any size.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/requests.h"
#include "model/request.h"
#include "model/session.h"
#include "model/uid.h"
#include "sources/orthanc/step.h"

namespace dmw::sources {

/// How a pull ended.
struct PullEnd {
  PullState state = PullState::done;  // or try_again, failed
  catalog::FinishedRequest finished{};
  Error error{};
};

/// Any thread.
class Pull {
 public:
  Pull(Request request, Session session);

  const Request& request() const { return request_; }
  const Session& session() const { return session_; }
  /// Token that stops the running transfers.
  std::stop_token stop() const { return stop_.get_token(); }
  /// Stops the pull: no further steps, and no end. Returns false if it needs its source no more and therefore
  /// continues.
  bool cancel();
  bool cancelled() const;

  /// The next step; nullopt if `parallel_max` steps are running, there is no step now, or (with `only`) it is not a
  /// listing of this kind for a bulk request. Call end() for each step.
  std::optional<Step> take(std::size_t parallel_max, std::optional<Step::Kind> only = std::nullopt);
  void end(Step step, StepEnd how);
  /// Call it once for each step that ended as Waits.
  void examine_again(const std::string& id);
  /// Call it once for each step that ended as Kept. Returns true for the one that ends the pull.
  bool recorded();
  /// The Study Instance UID, if the request is for one study and it has been listed.
  StudyUid study() const;

  /// Instances that are listed and not taken yet; nullopt if no step is running and none will follow.
  std::optional<std::size_t> left() const;
  /// How it ended; nullopt before the end, and if it was given back.
  std::optional<PullEnd> ending() const;

 private:
  void note(Step& step, ended::Listed& end);
  void note(Step& step, ended::Found& end);
  void note(Step& step, ended::Kept& end);
  void note(Step& step, ended::Waits& end);
  void note(Step& step, ended::Outdated& end);
  void note(Step& step, ended::Refused& end);
  void note(Step& step, ended::NotTold& end);
  void note(Step& step, ended::Absent& end);
  void note(Step& step, ended::NoSuchStudy& end);
  void note(Step& step, ended::Failed& end);
  bool nothing_left() const;
  void on(PullEvent event);
  /// Derives events from the remaining work.
  void look();
  std::optional<Step::Kind> next() const;
  catalog::FinishedRequest finished() const;
  /// The repeated request for absent items, if there are any and it was not repeated often enough.
  std::optional<NextLook> next_look() const;

  const Request request_;
  const Session session_;
  std::stop_source stop_;
  mutable std::mutex mutex_;  // guards the members below
  bool listing_ = false;
  bool looking_up_ = false;
  bool list_alone_ = false;
  PullState state_;
  std::deque<std::string> series_;
  std::deque<std::string> unknown_;  // instances that were not looked up yet
  std::deque<Step> ready_;
  std::size_t steps_ = 0;
  std::int64_t deferred_ = 0;
  std::int64_t awaiting_ = 0;  // instances that are kept and not recorded
  std::int64_t found_ = 0;
  std::int64_t fetched_ = 0;
  std::int64_t absent_ = 0;                    // the study, series or instances
  std::vector<std::string> absent_instances_;  // of a request of single instances
  int failures_ = 0;
  std::map<std::string, int> put_back_;  // number of repetitions, by id of the step
  std::optional<Error> error_;
  std::string last_update_;
  std::set<std::string> study_uids_;
};

}  // namespace dmw::sources
