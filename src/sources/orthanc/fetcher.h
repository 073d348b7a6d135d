// Fetcher: executes the steps of pulls over one connection: one at a time, or several listings together. The Judge
// classifies failures.
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

  /// Several errands must be listings of the same kind; they become one bulk request.
  void run(std::span<const Errand> errands);

  /// Closes its connection; the next step opens a new one.
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
  /// Checks the length of the file. Errors: also unavailable (it differs from the length that Orthanc reports).
  Result<> expect_whole(const Pull& pull, const Step& step, const Fetched& fetched);
  /// The facts for the inbox in addition to the bytes. Errors: an outage.
  Result<inbox::Arrival> arrival(const Pull& pull, const std::string& id, const Fetched& fetched);
  Result<OrthancInstance> describe(const Pull& pull, const std::string& id);
  /// Whether the instance is not kept, because its study was erased here and it was not requested explicitly.
  std::expected<bool, FetchError> keeps_away(const Pull& pull, const std::string& id, const inbox::Arrival& arrival);
  /// Keeps the instance in the inbox, with a callback that calls `leave` later.
  StepEnd keep(const std::shared_ptr<Pull>& pull, const std::string& id, Fetched fetched, inbox::Arrival arrival);

  StepEnd failed(const Pull& pull, const Step& step, const FetchError& error);
  StepEnd missing(const Pull& pull, const Step& step);
  StepEnd absent(const Pull& pull, const std::string& id);
  /// For an instance that Orthanc has: it is tried again, until its file counts as lost.
  StepEnd file_failed(const Pull& pull, const std::string& id, const Error& error);
  StepEnd set_aside(const Pull& pull, const std::string& id, const Error& error);
  FetchError not_opened(Error why);
  /// too_large if it can never fit into the inbox, otherwise an outage.
  FetchError not_written(const Pull& pull, const std::string& id, Error why);

  FetchFloor& floor_;
  OrthancClient client_;
  Judge judge_;
  Lister lister_;
  ErasedHere erased_here_;
  bool describe_first_ = false;  // this Orthanc does not send the tag with the file
};

}  // namespace dmw::sources
