// Pull: one claimed request under way. It knows what is left to list and to fetch, hands it out step by step, and says
// when the request is through. It holds the ids of one or two series at a time, however large the study is.
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
#include "catalog/cursors.h"
#include "catalog/requests.h"
#include "model/request.h"
#include "model/session.h"
#include "model/uid.h"
#include "sources/orthanc/orthanc_client.h"
#include "sources/orthanc/pull_state.h"

namespace dmw::sources {

/// One thing for a fetcher to do.
struct Step {
  enum class Kind {
    study,    ///< ask for the study's series
    series,   ///< ask for the series' instances
    look_up,  ///< ask the catalog which of these are known
    fetch,    ///< bring the instance, unless it is known under its present tag
  };
  Kind kind = Kind::study;
  std::string id{};
  std::string known_tag{};                // of a fetch
  std::optional<OrthancInstance> told{};  // of a fetch: what the source told of the file, where it told of many
  std::uint64_t moment = 0;               // of a fetch: when the catalog was asked (UnderWay)
  bool alone = false;                     // of a listing: not to be asked for together with others
  std::vector<std::string> ids{};
};

/// What the catalog knew of some instances, and when, and what the source told of those of which it told.
struct Known {
  catalog::Tags tags{};
  std::uint64_t moment = 0;
  OrthancInstances told{};
  std::size_t unchanged = 0;  // those that are known in these bytes, and left out
};

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
  /// kind `only` that may be asked for together. Each ends with step_ended.
  std::optional<Step> take(std::size_t parallel_max, std::optional<Step::Kind> only = std::nullopt);
  void step_ended();

  /// The source can do less at once: the step comes again.
  void put_back(Step step);
  /// How often the step of this id was put back.
  int times_put_back(const std::string& id) const;
  /// The listing of this step is to be asked for again, alone.
  void list_alone(const Step& step);
  void listed(const OrthancStudy& study);
  void listed_series(const std::vector<std::string>& ids, const Known& known);
  void looked_up(const std::vector<std::string>& ids, const Known& known);
  /// Another pull may have it just now: it comes back by examine_again, unless resumed() says that none has.
  void deferred();
  void resumed();
  void examine_again(const std::string& id);
  /// Called before an instance is given to the inbox; not_kept takes it back.
  void keeping(const std::string& study_uid);
  void not_kept();
  /// The Study Instance UID, where the request is for one study and it has been listed.
  StudyUid study() const;
  /// It was recorded or set aside.
  void recorded();
  /// Orthanc has not got the study, this series or this instance (any more). The rest goes on.
  void absent(const std::string& id);
  /// The rest goes on, up to 20 failures.
  void failed_once(Error why);
  /// The whole request has failed for good.
  void failed_for_good(Error why);

  /// Instances that are listed and not taken yet; nothing when no step is under way and none will come.
  std::optional<std::size_t> left() const;
  /// Says once how it ended; nothing before that.
  std::optional<PullEnd> ending();

 private:
  bool nothing_left() const;
  void on(PullEvent event);
  /// What follows from what is left to do.
  void look();
  std::optional<Step::Kind> next() const;
  catalog::FinishedRequest finished() const;
  /// When to look again for what was absent, if anything was and it was not looked for often enough.
  std::optional<NextLook> next_look() const;
  void add_ready(const std::vector<std::string>& ids, const Known& known);

  const Request request_;
  const Session session_;
  std::stop_source stop_;
  mutable std::mutex mutex_;  // guards what follows
  bool study_listed_ = false;
  bool listing_ = false;
  bool looking_up_ = false;
  bool list_alone_ = false;
  PullState state_;
  bool told_ = false;  // how it ended
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
