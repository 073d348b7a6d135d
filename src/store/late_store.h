// LateStore: a store that is opened only once somebody knows whether it has to be there already. Until then nothing is
// read, and nothing made.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "store/object_store.h"

namespace dmw::store {

/// Any thread. While it is shut, everything but uri() and store_id(), which are empty, ends in `unavailable`.
class LateStore final : public ObjectStore {
 public:
  /// `expected_id`: of the store that has to be there; empty: a new one may be made.
  using Opener = std::function<Result<std::unique_ptr<ObjectStore>>(const std::string& expected_id)>;

  /// `why_shut`: what is said until it is opened for the first time.
  LateStore(Opener opener, std::string why_shut);

  /// Nothing when it is open already. Errors: those of the opener; it stays shut, and says why.
  Result<> open(const std::string& expected_id);
  bool is_open() const { return opened_ != nullptr; }

  std::vector<Result<Stored>> put(std::span<const Put> items) override;
  std::vector<Result<>> write(std::span<const Document> documents) override;
  Result<> read(const ObjectKey& key, ByteRange range, const ByteSink& sink) override;
  Result<ObjectInfo> stat(const ObjectKey& key) override;
  Result<> remove(const ObjectKey& key) override;
  Result<> list(std::string_view directory, const KeySink& each) override;
  Result<> probe() override;
  std::string uri(std::string_view key) const override;
  Result<std::optional<std::uint64_t>> free_bytes() override;
  std::string store_id() const override;

 private:
  Result<ObjectStore*> opened() const;

  const Opener opener_;
  mutable std::mutex mutex_;  // guards what follows but opened_
  std::string why_shut_;
  std::unique_ptr<ObjectStore> store_;
  std::atomic<ObjectStore*> opened_ = nullptr;
};

}  // namespace dmw::store
