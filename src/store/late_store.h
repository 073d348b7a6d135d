// LateStore: a store that is opened when it is known whether it must exist already. Until then nothing is read and
// nothing is created.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "store/object_store.h"

namespace dmw::store {

/// Any thread. While it is shut, uri() and store_id() are empty, and every other call fails with `unavailable`.
class LateStore final : public ObjectStore {
 public:
  /// `expected_id`: the id of the store that must exist; empty: a new store may be created.
  using Opener = std::function<Result<std::unique_ptr<ObjectStore>>(const std::string& expected_id)>;

  /// `why_shut`: the sentence of the errors until the first open().
  LateStore(Opener opener, std::string why_shut);

  /// Opens the store; no effect if it is open. Errors: those of the opener. It then stays shut with that reason.
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
  mutable std::mutex mutex_;  // guards the members below except opened_
  std::string why_shut_;
  std::unique_ptr<ObjectStore> store_;
  std::atomic<ObjectStore*> opened_ = nullptr;
};

}  // namespace dmw::store
