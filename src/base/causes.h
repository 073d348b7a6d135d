// Causes: what the log has told of one trouble, so that it tells each cause once and not each try.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace dmw {

/// The reason without what changes while the cause stays the same: words with a digit in them, such as numbers, times
/// and ids, and what was being done (Error::during). The status of an HTTP answer stays.
std::string cause_in(std::string_view reason);

/// One thread.
class Causes {
 public:
  /// True when the cause in `reason` was not told yet, and is from now on. Of one trouble only so many are told.
  bool is_new(std::string_view reason);
  bool empty() const { return told_.empty(); }
  /// The trouble is over.
  void clear() { told_.clear(); }

 private:
  std::set<std::string> told_;
};

}  // namespace dmw
