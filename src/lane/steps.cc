#include "lane/steps.h"

#include <utility>

namespace dmw::lane {

Steps::Steps(std::string lane, std::function<Result<>()> probe, const Clock& clock, Metrics& metrics)
    : probe_(std::move(probe)), aside_(std::move(lane), clock, metrics) {}

Result<bool> Steps::run(const std::string& words, const std::function<Result<bool>()>& act) {
  if (aside_.is_resting(words)) return false;
  const Result<bool> done = act();
  if (done) {
    if (!*done) aside_.take(words);  // while there is more, something of the rest may fail again
    return *done;
  }
  const Error& why = done.error();
  if (why.code == Errc::cancelled || why.code == Errc::full || why.code == Errc::unauthorized) return done;
  if (const Result<> probed = probe_(); !probed) return std::unexpected(probed.error());
  aside_.put(words, words, why);
  return false;
}

}  // namespace dmw::lane
