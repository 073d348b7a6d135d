// InstancesUnderWay: the instances that a pull of this process is fetching or has kept, until they are recorded. So an
// instance is fetched only once, even if trigger, poller and reconciler request it.
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
  /// Read it before the catalog is queried for known instances.
  std::uint64_t moment() const;

  enum class Entered {
    yes,      ///< the pull has it until it leaves
    busy,     ///< another pull has it; this pull will be among those that leave() returns
    outdated  ///< it was recorded after `moment`: query the catalog again
  };
  Entered enter(const std::string& id, std::uint64_t moment, const std::shared_ptr<Pull>& pull);
  /// Removes the instance; returns the pulls that wait for it.
  std::vector<std::shared_ptr<Pull>> leave(const std::string& id, bool recorded);

 private:
  mutable std::mutex mutex_;
  std::uint64_t recorded_count_ = 0;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Pull>>> entered_;  // with the waiting pulls
  // The most recently recorded instances and when, as long as an older look-up may be in use.
  std::unordered_map<std::string, std::uint64_t> recorded_;
  std::deque<std::pair<std::uint64_t, std::string>> recorded_order_;
};

}  // namespace dmw::sources
