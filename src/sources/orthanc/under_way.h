// UnderWay: the instances that some pull of this process is fetching or has kept, until they are recorded, so that a
// trigger, the poller and the reconciler together bring an instance once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dmw::sources {

/// Any thread. The functions given run on the thread that leaves.
class UnderWay {
 public:
  /// To be read before the catalog is asked what is known.
  std::uint64_t moment() const;

  enum class Entered {
    yes,      ///< it is yours until you leave
    busy,     ///< another has it; `again` is called when that one leaves
    outdated  ///< it was recorded after `moment`: ask the catalog again
  };
  Entered enter(const std::string& id, std::uint64_t moment, std::function<void()> again);
  void leave(const std::string& id, bool recorded);

 private:
  mutable std::mutex mutex_;
  std::uint64_t recorded_count_ = 0;
  std::unordered_map<std::string, std::vector<std::function<void()>>> entered_;
  // The last ones recorded and when, as far as a look-up may be older.
  std::unordered_map<std::string, std::uint64_t> recorded_;
  std::deque<std::pair<std::uint64_t, std::string>> recorded_order_;
};

}  // namespace dmw::sources
