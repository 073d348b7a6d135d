// ClientPool: kept connections to one server, lent to one request at a time.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "http/client.h"

namespace dmw::store::bucket {

/// Any thread. Outlives what it lends.
class ClientPool {
 public:
  /// Back in the pool when it ends.
  class Lent {
   public:
    Lent(ClientPool& pool, http::Client client) : pool_(&pool), client_(std::move(client)) {}
    Lent(Lent&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), client_(std::move(other.client_)) {}
    Lent& operator=(Lent&&) = delete;
    ~Lent() {
      if (pool_ != nullptr) pool_->take_back(std::move(client_));
    }
    http::Client* operator->() { return &client_; }

   private:
    ClientPool* pool_;
    http::Client client_;
  };

  /// Keeps at most `idle_max` connections that nobody uses. Those in use are bounded by who asks.
  ClientPool(http::ClientOptions options, std::size_t idle_max) : options_(std::move(options)), idle_max_(idle_max) {}

  Lent lend();

 private:
  void take_back(http::Client client);

  const http::ClientOptions options_;
  const std::size_t idle_max_;
  std::mutex mutex_;
  std::vector<http::Client> idle_;  // the last one used is the next one lent
};

}  // namespace dmw::store::bucket
