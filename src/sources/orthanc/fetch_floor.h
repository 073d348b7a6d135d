// FetchFloor: what all fetchers of a source share.
#pragma once

#include <memory>

#include "sources/orthanc/bulk_form.h"
#include "sources/orthanc/ended_pulls.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/outage.h"
#include "sources/orthanc/throttle.h"
#include "sources/orthanc/under_way.h"

namespace dmw::sources {

/// One step of one pull.
struct Errand {
  std::shared_ptr<Pull> pull;
  Step step;
};

struct FetchFloor {
  const OrthancOptions& options;
  Surroundings rooms;
  Outage outage;
  Throttle throttle;
  std::shared_ptr<UnderWay> under_way;
  std::shared_ptr<EndedPulls> ended;
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
