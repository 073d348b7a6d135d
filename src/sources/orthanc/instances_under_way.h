// InstancesUnderWay: the instances that some pull of this process is fetching or has kept, until they are recorded, so
// that a trigger, the poller and the reconciler together bring an instance once.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sources/orthanc/pull.h"

namespace dmw::sources {

/// Any thread.
class InstancesUnderWay {
 public:
  /// To be read before the catalog is asked what is known.
  std::uint64_t moment() const;

  enum class Entered {
    yes,      ///< it is the pull's until it leaves
    busy,     ///< another has it; the pull is among those that leave() returns then
    outdated  ///< it was recorded after `moment`: ask the catalog again
  };
  Entered enter(const std::string& id, std::uint64_t moment, const std::shared_ptr<Pull>& pull);
  /// Those that wait for it.
  std::vector<std::shared_ptr<Pull>> leave(const std::string& id, bool recorded);

 private:
  mutable std::mutex mutex_;
  std::uint64_t recorded_count_ = 0;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Pull>>> entered_;  // and who waits
  // The last ones recorded and when, as far as a look-up may be older.
  std::unordered_map<std::string, std::uint64_t> recorded_;
  std::deque<std::pair<std::uint64_t, std::string>> recorded_order_;
};

}  // namespace dmw::sources
