// FetchFloor: the objects that all fetchers of a source share.
#pragma once

#include <memory>

#include "sources/orthanc/bulk_form.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/throttle.h"
#include "sources/orthanc/under_way.h"
#include "sources/orthanc/yield.h"

namespace dmw::sources {

struct FetchFloor {
  const OrthancOptions& options;
  Surroundings rooms;
  Throttle throttle;
  Yield yield;
  std::shared_ptr<UnderWay> under_way;
  BulkForm bulk_form;
  Counter& instances;
  Counter& bytes;
  Counter& unchanged;
  Counter& absent;
  Histogram& seconds;
};

/// The dead letter of something that cannot be fetched.
DeadLetter fetch_letter(const OrthancOptions& options, const Clock& clock, const Request& request, Level level,
                        const std::string& id, const Error& why);

}  // namespace dmw::sources
