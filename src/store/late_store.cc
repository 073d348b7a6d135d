#include "store/late_store.h"

#include <utility>

namespace dmw::store {

LateStore::LateStore(Opener opener, std::string why_shut)
    : opener_(std::move(opener)), why_shut_(std::move(why_shut)) {}

Result<> LateStore::open(const std::string& expected_id) {
  const std::scoped_lock lock(mutex_);
  if (is_open()) return {};
  Result<std::unique_ptr<ObjectStore>> store = opener_(expected_id);
  if (!store) {
    why_shut_ = store.error().message();
    return std::unexpected(store.error());
  }
  store_ = std::move(*store);
  opened_ = store_.get();
  return {};
}

Result<ObjectStore*> LateStore::opened() const {
  if (ObjectStore* const store = opened_) return store;
  const std::scoped_lock lock(mutex_);
  return fail(Errc::unavailable, why_shut_);
}

std::vector<Result<Stored>> LateStore::put(std::span<const Put> items) {
  const Result<ObjectStore*> store = opened();
  if (!store) return std::vector<Result<Stored>>(items.size(), std::unexpected(store.error()));
  return (*store)->put(items);
}

std::vector<Result<>> LateStore::write(std::span<const Document> documents) {
  const Result<ObjectStore*> store = opened();
  if (!store) return std::vector<Result<>>(documents.size(), std::unexpected(store.error()));
  return (*store)->write(documents);
}

Result<> LateStore::read(const ObjectKey& key, ByteRange range, const ByteSink& sink) {
  return TRY(opened())->read(key, range, sink);
}

Result<ObjectInfo> LateStore::stat(const ObjectKey& key) {
  return TRY(opened())->stat(key);
}

Result<> LateStore::remove(const ObjectKey& key) {
  return TRY(opened())->remove(key);
}

Result<> LateStore::list(std::string_view directory, const KeySink& each) {
  return TRY(opened())->list(directory, each);
}

Result<> LateStore::probe() {
  return TRY(opened())->probe();
}

std::string LateStore::uri(std::string_view key) const {
  const ObjectStore* const store = opened_;
  return store == nullptr ? "" : store->uri(key);
}

Result<std::optional<std::uint64_t>> LateStore::free_bytes() {
  return TRY(opened())->free_bytes();
}

std::string LateStore::store_id() const {
  const ObjectStore* const store = opened_;
  return store == nullptr ? "" : store->store_id();
}

}  // namespace dmw::store
