// Lister: asks Orthanc what studies and series have, and the catalog what is known of it.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sources/orthanc/judge.h"

namespace dmw::sources {

/// One thread: that of `client`.
class Lister {
 public:
  /// All outlive it.
  Lister(FetchFloor& floor, OrthancClient& client, Judge& judge) : floor_(floor), client_(client), judge_(judge) {}

  StepEnd list_study(const Pull& pull, const Step& step);
  StepEnd list_series(const Pull& pull, const Step& step);
  /// One end an errand. Whatever one question does not tell of is listed alone later, by whichever thread is free.
  std::vector<StepEnd> list_together(std::span<const Errand> errands);
  StepEnd look_up(const Pull& pull, const Step& step);

 private:
  std::vector<StepEnd> studies_together(std::span<const Errand> errands);
  std::vector<StepEnd> series_together(std::span<const Errand> errands);
  StepEnd listed(const Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased) const;
  /// Of one series, with what it tells of each where it does.
  Result<std::vector<std::string>> instances_of(const Pull& pull, const std::string& series, OrthancInstances& told);
  /// Without those that have not changed since they were recorded.
  StepEnd found(std::vector<std::string> ids, Known known);
  StepEnd failed(const Pull& pull, const Step& step, const Error& error);
  /// Nothing from an Orthanc that failed to answer; remembers when it has no such question.
  template <typename Told>
  std::map<std::string, Told> told(Result<std::map<std::string, Told>> answer);
  /// The question was refused for our load: all of them come again.
  std::vector<StepEnd> refused_together(std::span<const Errand> errands, const Error& error);

  FetchFloor& floor_;
  OrthancClient& client_;
  Judge& judge_;
};

}  // namespace dmw::sources
