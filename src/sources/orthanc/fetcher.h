// Fetcher: does the steps of pulls over one connection: one at a time, or some listings together. It decides what a
// failure means: of everybody (outage), of this item for now, or for good (rule 8).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "inbox/inbox.h"
#include "sources/orthanc/ended_pulls.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"
#include "sources/orthanc/outage.h"
#include "sources/orthanc/pull.h"
#include "sources/orthanc/under_way.h"

namespace dmw::sources {

/// One step of one pull.
struct Errand {
  std::shared_ptr<Pull> pull;
  Step step;
};

/// What all fetchers of a source share.
struct FetchFloor {
  const OrthancOptions& options;
  Surroundings rooms;
  Outage outage;
  std::shared_ptr<UnderWay> under_way;
  std::shared_ptr<EndedPulls> ended;
  std::atomic<bool> one_by_one = false;  // this Orthanc does not tell of many at once
  Counter& instances;
  Counter& bytes;
  Counter& unchanged;
  Histogram& seconds;
};

/// One thread.
class Fetcher {
 public:
  explicit Fetcher(FetchFloor& floor);

  /// Several at a time are listings of one kind, whose questions are asked together.
  void run(std::span<const Errand> errands);

 private:
  enum class Fault { cancelled, absent, passing, lasting };
  struct Fetched {
    std::string tag;
    inbox::SpoolFile file;
  };

  void run(const std::shared_ptr<Pull>& pull, const Step& step);
  void list_study(Pull& pull, const std::string& id);
  void listed(Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased);
  void list_series(Pull& pull, const std::string& id);
  /// Whatever one question does not tell of is listed alone later, by whichever thread is free.
  void list_studies_together(std::span<const Errand> errands);
  void list_series_together(std::span<const Errand> errands);
  /// Nothing from an Orthanc that failed to answer; remembers when it has no such question.
  template <typename Told>
  std::map<std::string, Told> told(Result<std::map<std::string, Told>> answer);
  void look_up(Pull& pull, const std::vector<std::string>& ids);
  void examine(const std::shared_ptr<Pull>& pull, const Step& step);
  /// Into the inbox, with a callback that says `leave` later; after an error the caller must.
  Result<> fetch(const std::shared_ptr<Pull>& pull, const std::string& id);
  Result<Fetched> download(Pull& pull, const std::string& id);
  Result<inbox::Arrival> arrival(Pull& pull, const std::string& id, const Fetched& fetched);
  Result<> keep(const std::shared_ptr<Pull>& pull, const std::string& id, Fetched fetched, inbox::Arrival arrival);

  Fault judge(Pull& pull, const Error& error);
  void list_failed(Pull& pull, std::string_view level, const std::string& id, const Error& error);
  void instance_failed(Pull& pull, const std::string& id, const Error& error);
  /// Of an instance that Orthanc has: tried again, until its file must be taken for lost.
  void file_failed(Pull& pull, const std::string& id, const Error& error);
  void set_aside(Pull& pull, const std::string& id, const Error& error);
  /// too_large where it would never fit, else as outage().
  std::unexpected<Error> not_written(Pull& pull, const std::string& id, Error why);
  /// Everybody waits; this pull is given back. The error is `cancelled`.
  std::unexpected<Error> outage(Pull& pull, Error why);
  void note_absent(const Pull& pull, std::string_view level, const std::string& id);

  FetchFloor& floor_;
  OrthancClient client_;
  bool describe_first_ = false;  // this Orthanc does not tell the tag with the file
};

/// The dead letter of something that cannot be fetched.
DeadLetter fetch_letter(const OrthancOptions& options, const Clock& clock, const Request& request,
                        std::string_view level, const std::string& id, const Error& why);

}  // namespace dmw::sources
