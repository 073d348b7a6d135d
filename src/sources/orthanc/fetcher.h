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

  StepEnd run(const Errand& errand);
  void end(const Errand& errand, StepEnd how);
  StepEnd examine(const Errand& errand);
  StepEnd fetch(const std::shared_ptr<Pull>& pull, const Step& step);
  std::expected<Fetched, FetchError> download(const Pull& pull, const Step& step);
  /// Errors: also unavailable (it is not as long as Orthanc says).
  Result<> expect_whole(const Pull& pull, const Step& step, const Fetched& fetched);
  /// What is told of it beside its bytes. Errors: an outage.
  Result<inbox::Arrival> arrival(const Pull& pull, const std::string& id, const Fetched& fetched);
  Result<OrthancInstance> describe(const Pull& pull, const std::string& id);
  /// Nobody asked for it, and its study is erased here.
  std::expected<bool, FetchError> keeps_away(const Pull& pull, const std::string& id, const inbox::Arrival& arrival);
  /// Into the inbox, with a callback that says `leave` later.
  StepEnd keep(const std::shared_ptr<Pull>& pull, const std::string& id, Fetched fetched, inbox::Arrival arrival);

  StepEnd failed(const Pull& pull, const Step& step, const FetchError& error);
  StepEnd missing(const Pull& pull, const Step& step);
  StepEnd absent(const Pull& pull, const std::string& id);
  /// Of an instance that Orthanc has: tried again, until its file must be taken for lost.
  StepEnd file_failed(const Pull& pull, const std::string& id, const Error& error);
  StepEnd set_aside(const Pull& pull, const std::string& id, const Error& error);
  FetchError not_opened(Error why);
  /// too_large where it would never fit, else an outage.
  FetchError not_written(const Pull& pull, const std::string& id, Error why);

  FetchFloor& floor_;
  OrthancClient client_;
  Judge judge_;
  Lister lister_;
  ErasedHere erased_here_;
  bool describe_first_ = false;  // this Orthanc does not tell the tag with the file
};

}  // namespace dmw::sources
