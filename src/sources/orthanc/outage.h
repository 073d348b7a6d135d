// Outage: how a fetcher tells the claiming thread that something everybody needs is away (rule 8).
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "base/result.h"

namespace dmw::sources {

/// Whatever the code: somebody else may mend it, and then it works.
inline std::unexpected<Error> as_outage(Error why) {
  if (!why.transient()) why.code = Errc::unavailable;
  return std::unexpected(std::move(why));
}

/// Any thread.
class Outage {
 public:
  void report(Error why) {
    const std::scoped_lock lock(mutex_);
    if (!why_) why_ = std::move(why);
  }
  std::optional<Error> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(why_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<Error> why_;
};

}  // namespace dmw::sources
