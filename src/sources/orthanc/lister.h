// Lister: reads the content of studies and series from Orthanc, and queries the catalog for known instances.
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
  /// Returns one end per errand. Resources that are missing in the bulk answer are listed alone later, by any free
  /// thread.
  std::vector<StepEnd> list_together(std::span<const Errand> errands);
  StepEnd look_up(const Pull& pull, const Step& step);

 private:
  std::vector<StepEnd> studies_together(std::span<const Errand> errands);
  std::vector<StepEnd> series_together(std::span<const Errand> errands);
  StepEnd listed(const Pull& pull, const OrthancStudy& study, const std::set<std::string>& erased) const;
  /// The instances of a series, with their descriptions if Orthanc sends them.
  Result<std::vector<std::string>> instances_of(const Pull& pull, const std::string& series, OrthancInstances& told);
  /// The end of a listing, without instances that have not changed since they were recorded.
  StepEnd found(std::vector<std::string> ids, Known known);
  StepEnd failed(const Pull& pull, const Step& step, const Error& error);
  /// Nullopt if Orthanc gave no answer; remembers if it has no such request.
  template <typename Told>
  std::map<std::string, Told> told(Result<std::map<std::string, Told>> answer);
  /// The bulk request was refused for overload: all errands are repeated.
  std::vector<StepEnd> refused_together(std::span<const Errand> errands, const Error& error);

  FetchFloor& floor_;
  OrthancClient& client_;
  Judge& judge_;
};

}  // namespace dmw::sources
