// An instance with which nothing is wrong, that nobody sent: to see whether the catalog takes instances at all.
#pragma once

#include "base/clock.h"
#include "model/spooled_instance.h"

namespace dmw::catalog {

/// Each time another, of a study of its own. Every value is as long as DICOM lets it be (PS3.5 §6.2), so that a column
/// that became too short refuses it.
SpooledInstance known_good(MicrosUtc now);
/// Another one of the same series, which changes the rows that the first has left.
SpooledInstance known_good_beside(const SpooledInstance& first);

}  // namespace dmw::catalog
