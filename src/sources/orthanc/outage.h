// An outage: something that everybody needs is away.
#pragma once

#include <utility>

#include "base/result.h"

namespace dmw::sources {

/// Whatever the code: somebody else may mend it, and then it works. Which question met it says nothing: it meets all,
/// and is told in one sentence.
inline std::unexpected<Error> as_outage(Error why) {
  if (!why.transient()) why.code = Errc::unavailable;
  why.during.clear();
  return std::unexpected(std::move(why));
}

}  // namespace dmw::sources
