// Orthancs: those that the settings name, each a source with its threads, connections and place in the catalog: that of
// ORTHANC_*, and one for each section `[orthanc.NAME]`. The trouble of one is its alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/foundation.h"
#include "config/settings.h"
#include "part/part_list.h"
#include "sources/orthanc/orthanc_source.h"

namespace dmw::app {

inline constexpr const char* orthanc_name = "orthanc";

/// Its URL is set.
sources::OrthancOptions orthanc_options(const config::Orthanc& orthanc, const dicom::ReadOptions& read,
                                        CatalogId catalog_id);
/// The names of those that are asked, in the order of their parts.
std::vector<std::string> orthanc_names(const config::Settings& settings);

class Orthancs {
 public:
  /// Everything outlives them. Nothing runs yet.
  Orthancs(Foundation& ground, const sources::Surroundings& around);

  /// Adds each of them; if none is configured, a part that says so.
  void add_to(PartList& parts);
  /// From now on: how each is asked. Any thread.
  void take(const config::Settings& settings);
  /// The one that a request is for which names none: that of ORTHANC_*, or the only one; empty: there is none.
  std::string default_name() const;
  /// Durable when it returns. Errors: unavailable (none is configured), invalid (none of this name), and those of the
  /// catalog. Any thread.
  Result<catalog::Submitted> submit(const NewRequest& wanted);

 private:
  struct Named {
    std::string section;
    std::unique_ptr<sources::OrthancSource> source;
  };
  std::vector<Named> all_;
  std::unique_ptr<Part> off_;
};

}  // namespace dmw::app
