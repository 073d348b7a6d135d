// Pull: one claimed request under way. It knows what is left to list and to fetch, hands it out step by step, takes in
// how each step ended, and says when the request is through. It holds the ids of one or two series at a time, however
// large the study is.
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

/// How a pull came to its end.
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
  /// Ends the transfers under way.
  std::stop_token stop() const { return stop_.get_token(); }
  /// Takes no further step and never ends. False when it needs its source no more, and so goes on.
  bool cancel();
  bool cancelled() const;

  /// What to do next, unless `parallel_max` steps are under way, there is nothing now, or it is not a listing of the
  /// kind `only` that may be asked for together. Each ends with end().
  std::optional<Step> take(std::size_t parallel_max, std::optional<Step::Kind> only = std::nullopt);
  void end(Step step, StepEnd how);
  /// Once for each step that ended as Waits.
  void examine_again(const std::string& id);
  /// Once for each step that ended as Kept. True for the one that ends the pull.
  bool recorded();
  /// The Study Instance UID, where the request is for one study and it has been listed.
  StudyUid study() const;

  /// Instances that are listed and not taken yet; nothing when no step is under way and none will come.
  std::optional<std::size_t> left() const;
  /// How it ended; nothing before that, and where it was given back.
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
  /// What follows from what is left to do.
  void look();
  std::optional<Step::Kind> next() const;
  catalog::FinishedRequest finished() const;
  /// When to look again for what was absent, if anything was and it was not looked for often enough.
  std::optional<NextLook> next_look() const;

  const Request request_;
  const Session session_;
  std::stop_source stop_;
  mutable std::mutex mutex_;  // guards what follows
  bool listing_ = false;
  bool looking_up_ = false;
  bool list_alone_ = false;
  PullState state_;
  std::deque<std::string> series_;
  std::deque<std::string> unknown_;  // not looked up yet
  std::deque<Step> ready_;
  std::size_t steps_ = 0;
  std::int64_t deferred_ = 0;
  std::int64_t awaiting_ = 0;  // kept, not recorded
  std::int64_t found_ = 0;
  std::int64_t fetched_ = 0;
  std::int64_t absent_ = 0;                    // the study, series or instances
  std::vector<std::string> absent_instances_;  // of a request of single instances
  int failures_ = 0;
  std::map<std::string, int> put_back_;  // how often, by id of the step
  std::optional<Error> error_;
  std::string last_update_;
  std::set<std::string> study_uids_;
};

}  // namespace dmw::sources
