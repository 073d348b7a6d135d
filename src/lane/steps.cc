#include "lane/steps.h"

#include <utility>

namespace dmw::lane {
namespace {

bool is_of_all(const Error& why) {
  return why.code == Errc::cancelled || why.code == Errc::full || why.code == Errc::unauthorized;
}

}  // namespace

Steps::Steps(std::string lane, std::function<Result<>()> probe, const Clock& clock, Metrics& metrics)
    : probe_(std::move(probe)), aside_(std::move(lane), clock, metrics) {}

Result<bool> Steps::run(const std::string& words, const std::function<Result<bool>()>& act) {
  if (aside_.is_resting(words)) return false;
  Result<bool> done = act();
  if (!done && !is_of_all(done.error())) {
    if (const Result<> probed = probe_(); !probed) return std::unexpected(probed.error());
    // The outage may have ended just before the probe. Then the failure was not the fault of the step, and it is tried
    // once more.
    if (done.error().code == Errc::unavailable) done = act();
  }
  if (done) {
    if (!*done) aside_.take(words);  // with more work left, the step may fail again
    return *done;
  }
  if (is_of_all(done.error())) return done;
  aside_.put(words, words, done.error());
  return false;
}

}  // namespace dmw::lane
