// Fetcher: does the steps of pulls over one connection: one at a time, or some listings together. The Judge says what a
// failure means.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "inbox/inbox.h"
#include "sources/orthanc/erased_here.h"
#include "sources/orthanc/judge.h"
#include "sources/orthanc/lister.h"

namespace dmw::sources {

/// One thread.
class Fetcher {
 public:
  explicit Fetcher(FetchFloor& floor);

  /// Several at a time are listings of one kind, whose questions are asked together.
  void run(std::span<const Errand> errands);

  /// Closes its connection, until there is something to do again.
  void hang_up() { client_.hang_up(); }

 private:
  struct Fetched {
    std::string tag;
    inbox::SpoolFile file;
  };

  void run(const std::shared_ptr<Pull>& pull, const Step& step);
  void examine(const std::shared_ptr<Pull>& pull, const Step& step);
  /// Into the inbox, with a callback that says `leave` later; after an error the caller must.
  Result<> fetch(const std::shared_ptr<Pull>& pull, const Step& step);
  /// Errors: also unavailable (it is not as long as Orthanc says).
  Result<Fetched> download(Pull& pull, const Step& step);
  Result<> expect_whole(Pull& pull, const Step& step, const Fetched& fetched);
  /// What is told of it beside its bytes.
  Result<inbox::Arrival> arrival(Pull& pull, const std::string& id, const Fetched& fetched);
  Result<OrthancInstance> describe(Pull& pull, const std::string& id);
  /// Nobody asked for it, and its study is erased here.
  Result<bool> keeps_away(Pull& pull, const std::string& id, const inbox::Arrival& arrival);
  Result<> keep(const std::shared_ptr<Pull>& pull, const std::string& id, Fetched fetched, inbox::Arrival arrival);

  void instance_failed(Pull& pull, const Step& step, const Error& error);
  void missing(Pull& pull, const Step& step);
  void put_back(Pull& pull, const Step& step, const Error& error);
  void note_absent(Pull& pull, const std::string& id);
  /// Of an instance that Orthanc has: tried again, until its file must be taken for lost.
  void file_failed(Pull& pull, const std::string& id, const Error& error);
  void set_aside(Pull& pull, const std::string& id, const Error& error);
  std::unexpected<Error> not_opened(Pull& pull, Error why);
  /// too_large where it would never fit, else as Judge::outage().
  std::unexpected<Error> not_written(Pull& pull, const std::string& id, Error why);

  FetchFloor& floor_;
  OrthancClient client_;
  Judge judge_;
  Lister lister_;
  ErasedHere erased_here_;
  bool describe_first_ = false;  // this Orthanc does not tell the tag with the file
};

}  // namespace dmw::sources
