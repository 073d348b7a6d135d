#include "store/bucket/client_pool.h"

namespace dmw::store::bucket {

ClientPool::Lent ClientPool::lend() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return {*this, http::Client(options_)};
  http::Client client = std::move(idle_.back());
  idle_.pop_back();
  return {*this, std::move(client)};
}

void ClientPool::take_back(http::Client client) {
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < idle_max_) idle_.push_back(std::move(client));
}

}  // namespace dmw::store::bucket
