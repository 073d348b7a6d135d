#include "lane/backoff.h"

#include <algorithm>
#include <random>
#include <utility>

namespace dmw::lane {

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, Random random)
    : first_(first), most_(most), random_(std::move(random)) {}

std::chrono::milliseconds Backoff::next() {
  failures_ = std::min(failures_ + 1, 64);
  return after(failures_);
}

std::chrono::milliseconds Backoff::after(int failures) const {
  if (failures <= 0) return std::chrono::milliseconds(0);
  std::chrono::milliseconds bound = std::min(first_, most_);
  for (int n = 1; n < failures && bound < most_; ++n) bound = std::min(bound * 2, most_);
  return std::chrono::milliseconds(
      static_cast<std::chrono::milliseconds::rep>(static_cast<double>(bound.count()) * random_()));
}

Backoff::Random Backoff::uniform() {
  return [engine = std::minstd_rand(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

}  // namespace dmw::lane
