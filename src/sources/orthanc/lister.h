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

  void list_study(Pull& pull, const Step& step);
  void list_series(Pull& pull, const Step& step);
  /// Whatever one question does not tell of is listed alone later, by whichever thread is free.
  void list_studies_together(std::span<const Errand> errands);
  void list_series_together(std::span<const Errand> errands);
  void look_up(Pull& pull, const Step& step);

 private:
  void listed(Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased);
  /// Of one series, with what it tells of each where it does.
  Result<std::vector<std::string>> instances_of(Pull& pull, const std::string& series, OrthancInstances& told);
  /// Those of `ids` go that have not changed since they were recorded.
  void drop_unchanged(Known& known, std::vector<std::string>& ids);
  void study_failed(Pull& pull, const Step& step, const Error& error);
  void series_failed(Pull& pull, const Step& step, const Error& error);
  /// Nothing from an Orthanc that failed to answer; remembers when it has no such question.
  template <typename Told>
  std::map<std::string, Told> told(Result<std::map<std::string, Told>> answer);
  /// All of them come again when the question was refused for our load.
  bool refused_together(std::span<const Errand> errands, const Error& error);

  FetchFloor& floor_;
  OrthancClient& client_;
  Judge& judge_;
};

}  // namespace dmw::sources
