// Causes: the causes of one outage that are in the log already, so that the log has each cause once and not each try.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace dmw {

/// The reason without the parts that change while the cause stays the same: words with a digit (numbers, times, ids),
/// and the context (Error::during). The status of an HTTP answer stays.
std::string cause_in(std::string_view reason);

/// One thread.
class Causes {
 public:
  /// True if the cause in `reason` is new; it is known from then on. At most eight causes for one outage.
  bool is_new(std::string_view reason);
  bool empty() const { return told_.empty(); }
  /// Forgets all causes, because the outage is over.
  void clear() { told_.clear(); }

 private:
  std::set<std::string> told_;
};

}  // namespace dmw
